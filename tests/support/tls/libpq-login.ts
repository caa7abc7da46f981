import { CString, dlopen, FFIType, type Pointer, ptr } from "bun:ffi";
import type { ServerBinaries } from "../../../src/services/throwaway/server-binaries.ts";
import { libraryOf } from "../libpq/libpq-resolve.ts";

/** How libpq came in with a keyword string, or why it did not. */
export type LibpqResult = { readonly error: string | null; readonly tls: boolean };
export type LibpqLogin = (conninfo: string) => LibpqResult;

/** The libpq that comes with the servers' binaries, so that its rules are those of their version. */
export function libpqLogin(binaries: ServerBinaries): LibpqLogin {
  const libpq = dlopen(libraryOf(binaries), {
    PQconnectdb: { args: [FFIType.ptr], returns: FFIType.ptr },
    PQstatus: { args: [FFIType.ptr], returns: FFIType.i32 },
    PQerrorMessage: { args: [FFIType.ptr], returns: FFIType.ptr },
    PQsslInUse: { args: [FFIType.ptr], returns: FFIType.i32 },
    PQfinish: { args: [FFIType.ptr], returns: FFIType.void },
  }).symbols;
  return (conninfo) => {
    const connection = libpq.PQconnectdb(ptr(Buffer.from(`${conninfo} connect_timeout=5\0`))) as Pointer;
    const message = new CString(libpq.PQerrorMessage(connection) as Pointer).toString();
    const refused = libpq.PQstatus(connection) !== 0;
    const tls = libpq.PQsslInUse(connection) === 1;
    libpq.PQfinish(connection);
    return { error: refused ? message : null, tls: tls && !refused };
  };
}
