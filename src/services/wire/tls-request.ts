import type { Duplex } from "node:stream";
import { NodeFailure, nodeError } from "../../postgres/node-error.ts";
import { outcome } from "./dial.ts";
import { notTheProtocol } from "./message-guard.ts";

/** SSLRequest (PostgreSQL documentation, "Message Formats"): its length and 1234.5679. */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/**
 * Asks a server for TLS over a fresh stream: true for `S`, false for `N`, after which it waits for a startup packet.
 * Rejects with a {@link NodeFailure} for anything else, and for bytes after that one: whoever sends them wants them
 * taken for what came under TLS (CVE-2021-23222).
 */
export async function acceptsTls(stream: Duplex): Promise<boolean> {
  const answered = outcome<unknown>(stream, (resolve) => stream.once("data", resolve));
  stream.write(sslRequest);
  const answer = await answered;
  const [byte, ...stuffed] = answer instanceof Uint8Array ? answer : [];
  if (byte === 0x45) throw failure("the server answered the request for TLS with an error", seeLog);
  if (byte !== 0x53 && byte !== 0x4e) throw new NodeFailure(notTheProtocol);
  if (stuffed.length > 0) throw failure("unencrypted bytes came before TLS began", meansHarm);
  return byte === 0x53;
}

const meansHarm = "Somebody on the way may have added them.";
const seeLog = "Its log says why; it may be out of memory or processes.";

function failure(message: string, hint: string): NodeFailure {
  return new NodeFailure(nodeError("protocol", message, hint));
}
