import { dlopen, FFIType, ptr } from "bun:ffi";
import type { Socket } from "node:net";
import type { ConnectionParameters } from "../../postgres/conninfo/conninfo.ts";

/** What of a connection the runtime's sockets cannot set, or do not say of that the kernel refused it. */
export type TcpOptions = Pick<
  ConnectionParameters,
  | "keepalives"
  | "keepalivesIdleSeconds"
  | "keepalivesIntervalSeconds"
  | "keepalivesCount"
  | "tcpUserTimeoutMs"
>;

type Keyword = "keepalives_idle" | "keepalives_interval" | "keepalives_count" | "tcp_user_timeout";

type System = {
  /** Where setsockopt(2) may be: the C library has a name of its own on Alpine. */
  readonly libraries: readonly string[];
  /** The options' numbers (netinet/tcp.h). */
  readonly options: { readonly [keyword in Keyword]?: number };
};

const systems: { readonly [platform in NodeJS.Platform]?: System } = {
  linux: {
    libraries: ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"],
    options: { keepalives_idle: 4, keepalives_interval: 5, keepalives_count: 6, tcp_user_timeout: 18 },
  },
  darwin: {
    libraries: ["libSystem.B.dylib"],
    options: { keepalives_idle: 0x10, keepalives_interval: 0x101, keepalives_count: 0x102 },
  },
};

const system = systems[process.platform];
const setsockopt = open(system?.libraries ?? []);
const ipProtocolTcp = 6;

/**
 * Sets them on a connected socket. Null when that is done, else the keyword whose value the kernel does not take.
 * As with libpq, what the system has no option for has no effect.
 */
export function setTcpOptions(socket: Socket, options: TcpOptions): Keyword | null {
  const descriptor = descriptorOf(socket);
  if (descriptor === null || !setsockopt) return null;
  const { keepalives, tcpUserTimeoutMs } = options;
  const values = [
    ["keepalives_idle", keepalives ? options.keepalivesIdleSeconds : null],
    ["keepalives_interval", keepalives ? options.keepalivesIntervalSeconds : null],
    ["keepalives_count", keepalives ? options.keepalivesCount : null],
    ["tcp_user_timeout", tcpUserTimeoutMs],
  ] as const;
  for (const [keyword, value] of values) {
    const option = system?.options[keyword];
    if (option === undefined || value === null) continue;
    const int = Int32Array.of(value);
    if (setsockopt(descriptor, ipProtocolTcp, option, ptr(int), int.byteLength) !== 0) return keyword;
  }
  return null;
}

/** The socket's number with the kernel, which only the runtime's own handle tells; null once it is closed. */
function descriptorOf(socket: Socket): number | null {
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly fd?: number } | null };
  return socket.destroyed || handle?.fd === undefined || handle.fd < 0 ? null : handle.fd;
}

function open(libraries: readonly string[]) {
  const { i32, u32, ptr: pointer } = FFIType;
  const signature = { args: [i32, i32, i32, pointer, u32], returns: i32 } as const;
  for (const library of libraries) {
    try {
      return dlopen(library, { setsockopt: signature }).symbols.setsockopt;
    } catch {
      // Another system's name.
    }
  }
  return null;
}
