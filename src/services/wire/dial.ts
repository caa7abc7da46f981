import { connect, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ConnectionParameters } from "../../postgres/conninfo/conninfo.ts";
import { NodeFailure, nodeError } from "../../postgres/node-error.ts";
import { socketAddress, usesUnixSocket } from "../../postgres/socket-address.ts";
import { nameServersHeard } from "./name-servers.ts";

/** Begins to open a stream of bytes to a node's server. It never throws, and emits `connect` when open. */
export type Dial = () => Duplex;

/** A socket straight to the server. */
export function dialDirectly(server: ConnectionParameters): Duplex {
  const { keepalivesIdleSeconds, keepalivesIntervalSeconds, keepalivesCount, tcpUserTimeoutMs } = server;
  const address = socketAddress(server);
  const options = {
    ...address,
    noDelay: true,
    keepAlive: server.keepalives,
    keepAliveInitialDelay: (keepalivesIdleSeconds ?? 0) * 1000,
  };
  const heard = "host" in address ? nameServersHeard(address.host) : null;
  const socket = heard === null ? connect(options) : new Socket(options);
  void heard?.then(() => {
    if (!socket.destroyed) socket.connect(options);
  });
  const isPlain =
    (keepalivesIdleSeconds ?? keepalivesIntervalSeconds ?? keepalivesCount ?? tcpUserTimeoutMs) === null;
  if (!isPlain && !usesUnixSocket(server)) socket.once("connect", () => void tune(socket, server));
  return socket;
}

/** Sets what only the kernel's own call can set, which hardly any node needs. */
async function tune(socket: Socket, server: ConnectionParameters): Promise<void> {
  const { setTcpOptions } = await import("./tcp-options.ts");
  const refused = setTcpOptions(socket, server);
  const hint = `Give ${refused} another value, or none for the system's own.`;
  if (refused) socket.destroy(new NodeFailure(nodeError("other", `the system refuses ${refused}`, hint)));
}

/** Resolves when a stream of {@link Dial} is open. Rejects when it is destroyed before; the caller sets the deadline. */
export function opened(stream: Duplex): Promise<void> {
  return outcome(stream, (resolve) => stream.once("connect", resolve));
}

/** What `listen` waits for, unless the stream ends before, or has ended already while a file was read. */
export function outcome<T>(stream: Duplex, listen: (resolve: (value: T) => void) => void): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const ended = () => reject(stream.errored ?? new Error("connection closed by the server"));
    if (stream.destroyed) return ended();
    const settle = (value: T) => {
      stream.off("error", reject).off("end", ended).off("close", ended);
      resolve(value);
    };
    stream.once("error", reject).once("end", ended).once("close", ended);
    listen(settle);
  });
}
