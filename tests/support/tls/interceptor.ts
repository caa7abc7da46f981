import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { type Duplex, Transform } from "node:stream";
import { connect as connectTls, TLSSocket } from "node:tls";
import { type FakeServer, serve } from "../servers/fake-server.ts";
import type { Certificate } from "./certificates.ts";

/** SSLRequest (PostgreSQL documentation, "Message Formats"). */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/**
 * Somebody on the way to a server: gives clients a certificate of its own, reads everything, and may change what
 * the server says.
 */
export function interceptor(port: number, certificate: Certificate, edit = same): Promise<FakeServer> {
  return front(certificate, edit, async () => {
    const plain = connect(port, "127.0.0.1");
    plain.on("error", () => {});
    plain.write(sslRequest);
    await once(plain, "data");
    return connectTls({ socket: plain, rejectUnauthorized: false });
  });
}

/** TLS before a server that has none. */
export function tlsBefore(port: number, certificate: Certificate): Promise<FakeServer> {
  return front(certificate, same, async () => connect(port, "127.0.0.1"));
}

function same(said: Buffer): Buffer {
  return said;
}

function front(
  { crt, key }: Certificate,
  edit: (said: Buffer) => Buffer,
  reach: () => Promise<Duplex>,
): Promise<FakeServer> {
  const own = { cert: readFileSync(crt), key: readFileSync(key) };
  return serve(async (socket) => {
    await once(socket, "data");
    const server = await reach();
    socket.write("S");
    const client = new TLSSocket(socket, { isServer: true, ...own });
    client.pipe(server);
    server.pipe(new Transform({ transform: (bytes, _, done) => done(null, edit(bytes)) })).pipe(client);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on("error", () => {});
      one.on("close", () => other.destroy());
    }
  });
}
