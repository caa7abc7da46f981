import { CString, dlopen, FFIType, type Pointer, ptr, read } from "bun:ffi";

type Parse = (text: string) => Readonly<Record<string, string>> | null;

/** sizeof(PQconninfoOption): six pointers (keyword, envvar, compiled, val, label, dispchar), an int and its padding. */
const optionBytes = 56;
const valueAt = 24;

/**
 * A libpq reading a connection string, null for one that it refuses; null when there is no such library. Without its
 * file's name it is the one that is installed.
 */
export function libpqParser(library = "libpq.so.5"): Parse | null {
  const libpq = open(library);
  if (libpq === null) return null;
  return (text) => {
    const options = libpq.PQconninfoParse(ptr(Buffer.from(`${text}\0`)), null) as Pointer | null;
    if (options === null) return null;
    const given = [...conninfoOptions(options)];
    libpq.PQconninfoFree(options);
    return Object.fromEntries(given);
  };
}

/** The keywords with a value of an array of PQconninfoOption. */
export function* conninfoOptions(options: Pointer): Generator<[string, string]> {
  for (let offset = 0; read.ptr(options, offset) !== 0; offset += optionBytes) {
    const value = read.ptr(options, offset + valueAt);
    if (value !== 0) yield [textAt(read.ptr(options, offset)), textAt(value)];
  }
}

function textAt(address: number): string {
  return new CString(address as Pointer).toString();
}

function open(library: string) {
  try {
    return dlopen(library, {
      PQconninfoParse: { args: [FFIType.ptr, FFIType.ptr], returns: FFIType.ptr },
      PQconninfoFree: { args: [FFIType.ptr], returns: FFIType.void },
    }).symbols;
  } catch {
    return null;
  }
}
