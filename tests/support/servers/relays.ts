import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export type Relay = AsyncDisposable & { readonly port: number };

/** A way to a server of which each end closes the other; `join` passes the bytes on. */
async function relayTo(port: number, join: (client: Socket, server: Socket) => void): Promise<Relay> {
  const relay = createServer((client) => {
    const server = connect(port, "127.0.0.1");
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
    join(client, server);
  });
  await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", () => resolve()));
  return {
    port: (relay.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      relay.close();
    },
  };
}

/** A slow way to a server: what a client sends arrives in pieces of `bytes`, one every `everyMs`. */
export function slowRelayTo(port: number, bytes: number, everyMs: number): Promise<Relay> {
  return relayTo(port, (client, server) => {
    server.pipe(client);
    let sent = Promise.resolve();
    client.on("data", (all: Buffer) => {
      for (let at = 0; at < all.length; at += bytes)
        sent = sent
          .then(() => Bun.sleep(everyMs))
          .then(() => void server.write(all.subarray(at, at + bytes)));
    });
  });
}

/** A narrow way to a server: what it sends arrives at so many bytes a second, and the server has to wait. */
export function throttledRelayTo(port: number, bytesPerSecond: number): Promise<Relay> {
  return relayTo(port, (client, server) => {
    client.pipe(server);
    server.on("data", (some: Buffer) => {
      server.pause();
      client.write(some);
      setTimeout(() => server.resume(), (some.length / bytesPerSecond) * 1000);
    });
  });
}

/** A way to a server on which new connections hang while it is not open; those that there are go on. */
export async function gateTo(port: number): Promise<Relay & { isOpen: boolean }> {
  const relay = await relayTo(port, (client, server) => {
    if (gate.isOpen) client.pipe(server).pipe(client);
  });
  const gate = Object.assign(relay, { isOpen: true });
  return gate;
}

/** A way to a server that has time for one login after another, as on a machine that is busy. */
export type NarrowRelay = Relay & {
  /** The application names of clients, in the order in which they were let through. */
  readonly logins: readonly string[];
};

/** Lets the startup packet of a client through `everyMs` after that of the client before. */
export async function narrowRelayTo(port: number, everyMs: number): Promise<NarrowRelay> {
  const logins: string[] = [];
  let turn = Promise.resolve();
  const relay = await relayTo(port, (client, server) => {
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
  return { ...relay, logins };
}
