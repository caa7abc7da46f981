import type { Duplex } from "node:stream";
import { after } from "../schedule.ts";
import { opened } from "../wire/dial.ts";
import type { Route } from "../wire/negotiated-connection.ts";
import { beginTls } from "../wire/tls.ts";

/** What a request to cancel needs to know of a session: its key, and whether others may not read it. */
export type Cancellable = {
  readonly processID: number | null;
  readonly secretKey: number | null;
  readonly tls: unknown;
  readonly route: Route;
};

/**
 * Asks a server to stop what the session runs, over a second connection as the protocol wants it
 * (PostgreSQL documentation, "Canceling Requests in Progress"); needs no free connection slot. It is encrypted when
 * the session is, with the same checks, as by libpq 17's PQcancelBlocking: whoever reads the key could cancel as well.
 * A server that is frozen then hears of nothing, and statement_timeout is what ends the statement when it thaws.
 * Resolves when the server has taken notice, before which the session must not be used again, or after
 * `limitMs`. It never rejects and says nothing of the outcome.
 */
export function cancelRequest(session: Cancellable, limitMs = 1000): Promise<void> {
  const { processID, secretKey } = session;
  if (processID === null || secretKey === null) return Promise.resolve();
  const packet = Buffer.alloc(16);
  packet.writeInt32BE(16, 0);
  packet.writeInt32BE(80877102, 4);
  packet.writeInt32BE(processID, 8);
  packet.writeInt32BE(secretKey, 12);
  return new Promise((resolve) => {
    const raw = session.route.dial();
    const callOff = after(limitMs, () => raw.destroy());
    raw.on("error", () => {});
    raw.on("close", () => {
      callOff();
      resolve();
    });
    void send(packet, raw, session).catch(() => raw.destroy());
  });
}

/** The server hangs up when it has taken notice. */
async function send(packet: Uint8Array, raw: Duplex, { tls, route }: Cancellable): Promise<void> {
  await opened(raw);
  const stream = tls === null ? raw : (await beginTls(raw, route.server, route.unlockKey))?.stream;
  if (!stream) throw new Error("no TLS for a session under TLS");
  stream.on("error", () => {});
  stream.resume();
  stream.write(packet);
}
