import { connect, createServer, type Server, type Socket } from "node:net";

/** Something on a port of 127.0.0.1 that is no PostgreSQL server; closed by `await using`. */
export type FakeServer = {
  readonly port: number;
  /** Connections that are open now. */
  readonly open: number;
  /** Connections that were ever made. */
  readonly connections: number;
  /** The first 64 kB that everybody said, one connection's after another's as they came. */
  readonly heard: string;
  /** Ends every connection without a farewell. */
  cut(): void;
  /** Says these bytes to everybody who is connected. */
  say(bytes: Uint8Array | string): void;
  [Symbol.asyncDispose](): Promise<void>;
};

/** Answers the first bytes of every connection with `answer` and never says more; null is silence. */
export function fakeServer(answer: Uint8Array | string | null): Promise<FakeServer> {
  return serve((socket) => {
    socket.once("data", () => answer !== null && socket.write(answer));
    socket.resume();
  });
}

/** One connection to a fake server, as its script sees it. */
export type Client = {
  /** Waits for the client to say something more. Null when it is gone. */
  hears(): Promise<string | null>;
  /** Says these bytes, and waits while the client does not take them. False when it is gone. */
  says(bytes: Uint8Array | string): Promise<boolean>;
  /** Hangs up, in the middle of whatever it is. */
  leaves(): void;
};

export type Script = (client: Client) => Promise<unknown>;

/**
 * Does to every connection what the script says, and then holds it without a word, even when the client has hung up
 * unless it is `polite`.
 */
export function scriptedServer(script: Script, polite = false): Promise<FakeServer> {
  return serve((socket) => {
    let said = "";
    let wake = () => {};
    socket.on("data", (bytes) => {
      said += bytes.toString("latin1");
      wake();
    });
    for (const event of ["drain", "close"]) socket.on(event, () => wake());
    const changes = () => new Promise<void>((resolve) => (wake = resolve));
    const client: Client = {
      async hears() {
        while (said === "" && !socket.destroyed) await changes();
        const heard = said;
        said = "";
        return heard === "" ? null : heard;
      },
      async says(bytes) {
        if (socket.destroyed) return false;
        socket.write(bytes);
        while (socket.writableNeedDrain && !socket.destroyed) await changes();
        return !socket.destroyed;
      },
      leaves: () => socket.end(),
    };
    void script(client);
  }, !polite);
}

/** Lets bytes through to a server until it is told to cut. */
export function relayTo(port: number): Promise<FakeServer> {
  return serve((socket) => {
    const server = connect(port, "127.0.0.1");
    server.on("error", () => socket.destroy());
    server.on("close", () => socket.destroy());
    socket.on("close", () => server.destroy());
    socket.pipe(server).pipe(socket);
  });
}

export async function serve(talk: (socket: Socket) => void, allowHalfOpen = false): Promise<FakeServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let heard = "";
  const server: Server = createServer({ allowHalfOpen }, (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (bytes) => {
      if (heard.length < 2 ** 16) heard += bytes.toString("latin1");
    });
    talk(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: typeof address === "object" && address ? address.port : 0,
    get open() {
      return sockets.size;
    },
    get connections() {
      return connections;
    },
    get heard() {
      return heard;
    },
    cut,
    say(bytes) {
      for (const socket of sockets) socket.write(bytes);
    },
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
