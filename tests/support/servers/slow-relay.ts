import type { AddressInfo } from "node:net";
import { connect, createServer } from "node:net";

export type SlowRelay = AsyncDisposable & { readonly port: number };

/** A slow way to a server: what a client sends arrives in pieces of `bytes`, one every `everyMs`. */
export async function slowRelayTo(port: number, bytes: number, everyMs: number): Promise<SlowRelay> {
  const relay = createServer((client) => {
    const server = connect(port, "127.0.0.1");
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
    server.pipe(client);
    let sent = Promise.resolve();
    client.on("data", (all: Buffer) => {
      for (let at = 0; at < all.length; at += bytes)
        sent = sent
          .then(() => Bun.sleep(everyMs))
          .then(() => void server.write(all.subarray(at, at + bytes)));
    });
  });
  await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", () => resolve()));
  return {
    port: (relay.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      relay.close();
    },
  };
}
