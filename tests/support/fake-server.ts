import { connect, createServer, type Server, type Socket } from "node:net";

/** Something on a port of 127.0.0.1 that is no PostgreSQL server; closed by `await using`. */
export type FakeServer = {
  readonly port: number;
  /** Connections that are open now. */
  readonly open: number;
  /** Connections that were ever made. */
  readonly connections: number;
  /** Ends every connection without a farewell. */
  cut(): void;
  /** Says these bytes to everybody who is connected. */
  say(bytes: Uint8Array | string): void;
  [Symbol.asyncDispose](): Promise<void>;
};

/** Answers the first bytes of every connection with `answer` and never says more; null is silence. */
export function fakeServer(answer: Uint8Array | string | null): Promise<FakeServer> {
  return listen((socket) => {
    socket.once("data", () => answer !== null && socket.write(answer));
    socket.resume();
  });
}

/** Lets bytes through to a server until it is told to cut. */
export function relayTo(port: number): Promise<FakeServer> {
  return listen((socket) => {
    const server = connect(port, "127.0.0.1");
    server.on("error", () => socket.destroy());
    server.on("close", () => socket.destroy());
    socket.on("close", () => server.destroy());
    socket.pipe(server).pipe(socket);
  });
}

async function listen(serve: (socket: Socket) => void): Promise<FakeServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server: Server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    serve(socket);
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
