import { connect, createServer } from "node:net";

/** Runs in a worker: relays every connection to a server and counts them in shared memory, whoever blocks meanwhile. */
declare const self: {
  onmessage: ((event: { data: { port: number; counter: SharedArrayBuffer } }) => void) | null;
  postMessage(message: number): void;
};

self.onmessage = ({ data: { port, counter } }) => {
  const connections = new Int32Array(counter);
  const relay = createServer((client) => {
    Atomics.add(connections, 0, 1);
    const server = connect(port, "127.0.0.1");
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const)
      one.on("error", () => other.destroy()).on("close", () => other.destroy());
    client.pipe(server).pipe(client);
  });
  relay.listen(0, "127.0.0.1", () => {
    const address = relay.address();
    self.postMessage(typeof address === "object" && address ? address.port : 0);
  });
};
