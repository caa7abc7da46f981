import type { AddressInfo } from "node:net";
import { connect, createServer } from "node:net";

/** A way to a server that has time for one login after another, as on a machine that is busy. */
export type NarrowRelay = AsyncDisposable & {
  readonly port: number;
  /** The application names of clients, in the order in which they were let through. */
  readonly logins: readonly string[];
};

/** Lets the startup packet of a client through `everyMs` after that of the client before. */
export async function narrowRelayTo(port: number, everyMs: number): Promise<NarrowRelay> {
  const logins: string[] = [];
  let turn = Promise.resolve();
  const relay = createServer((client) => {
    const server = connect(port, "127.0.0.1");
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
    client.once("data", (startup) => {
      client.pause();
      turn = turn
        .then(() => Bun.sleep(everyMs))
        .then(() => {
          logins.push(/application_name\0([^\0]*)/.exec(startup.toString())?.[1] ?? "");
          server.write(startup);
          client.pipe(server).pipe(client);
        });
    });
  });
  await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", () => resolve()));
  return {
    port: (relay.address() as AddressInfo).port,
    logins,
    async [Symbol.asyncDispose]() {
      relay.close();
    },
  };
}
