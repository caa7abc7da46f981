import type { Duplex } from "node:stream";
import pg from "pg";
import { NodeFailure } from "../../postgres/node-error.ts";
import { unreadable } from "./authentication.ts";
import { MessageGuard } from "./message-guard.ts";

/**
 * The driver's parser throws out of the socket's callback on bytes that are no protocol message, which would
 * end the program, and waits for ever for the end of what is none. Here both end the one connection instead.
 */
export class GuardedConnection extends pg.Connection {
  override attachListeners(stream: Duplex): void {
    const emit = stream.emit.bind(stream);
    const guard = new MessageGuard();
    stream.emit = (event: string | symbol, ...args: unknown[]) => {
      if (event !== "data") return emit(event, ...args);
      const [bytes] = args;
      if (stream.destroyed || !Buffer.isBuffer(bytes)) return true;
      const refusal = guard.refusal(bytes);
      try {
        if (refusal === null) return emit(event, ...args);
        stream.destroy(new NodeFailure(refusal));
      } catch (cause) {
        stream.destroy(new NodeFailure(unreadable(cause)));
      }
      return true;
    };
    super.attachListeners(stream);
  }
}
