import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import type { Certificate } from "./certificates.ts";
import { type FakeServer, serve } from "./fake-server.ts";

/** SSLRequest (PostgreSQL documentation, "Message Formats"). */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/**
 * Somebody on the way to a server: gives clients a certificate of its own, reads everything, and may change what
 * the server says.
 */
export function interceptor(
  port: number,
  certificate: Certificate,
  edit: (said: Buffer) => Buffer = (said) => said,
): Promise<FakeServer> {
  const [cert, key] = [readFileSync(certificate.crt), readFileSync(certificate.key)];
  return serve((socket) => {
    const plain = connect(port, "127.0.0.1", () => plain.write(sslRequest));
    plain.on("error", () => socket.destroy());
    plain.once("data", () => {
      const server = connectTls({ socket: plain, rejectUnauthorized: false });
      socket.write("S");
      const client = new TLSSocket(socket, { isServer: true, cert, key });
      client.on("data", (bytes: Buffer) => server.write(bytes));
      server.on("data", (bytes: Buffer) => client.write(edit(bytes)));
      for (const [one, other] of [
        [client, server],
        [server, client],
      ] as const) {
        one.on("error", () => {});
        one.on("close", () => other.destroy());
      }
    });
  });
}
