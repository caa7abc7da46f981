import { CString, dlopen, FFIType, type Pointer, ptr } from "bun:ffi";
import { conninfoOptions } from "./libpq.ts";
import type { OtherKeywords, Resolution, ResolutionCase } from "./resolution-cases.ts";

/**
 * What libpq makes of connection strings and environments: `libpq-resolve.fixture.ts LIBRARY` with cases as JSON on
 * standard input. In a process of its own, because libpq reads the environment of the process itself. No server is
 * needed: a connection that is begun knows where it goes, whether it gets there or not.
 */
const text = { args: [FFIType.ptr], returns: FFIType.ptr } as const;
const libpq = dlopen(process.argv[2] ?? "libpq.so.5", {
  PQconnectStart: text,
  PQhost: text,
  PQport: text,
  PQdb: text,
  PQuser: text,
  PQpass: text,
  PQerrorMessage: text,
  PQconninfo: text,
  PQconninfoFree: { args: [FFIType.ptr], returns: FFIType.void },
  PQstatus: { args: [FFIType.ptr], returns: FFIType.i32 },
  PQfinish: { args: [FFIType.ptr], returns: FFIType.void },
}).symbols;
const libc = dlopen(process.platform === "darwin" ? "libc.dylib" : "libc.so.6", {
  setenv: { args: [FFIType.ptr, FFIType.ptr, FFIType.i32], returns: FFIType.i32 },
  unsetenv: { args: [FFIType.ptr], returns: FFIType.i32 },
}).symbols;

const cstring = (value: string) => ptr(Buffer.from(`${value}\0`));
const connectionBad = 1;

function resolve({ target, environment }: ResolutionCase): Resolution {
  for (const [name, value] of Object.entries(environment)) libc.setenv(cstring(name), cstring(value), 1);
  const connection = libpq.PQconnectStart(cstring(target)) as Pointer;
  const said = (ask: (connection: Pointer) => unknown) => {
    const answer = ask(connection);
    return answer === null ? "" : new CString(answer as Pointer).toString();
  };
  const message = said(libpq.PQerrorMessage);
  // That nobody is there comes after everything was resolved.
  const arrived = /^(connection to server|could not translate host name)/.test(message);
  const refused = libpq.PQstatus(connection) === connectionBad && !arrived;
  const resolution: Resolution = refused
    ? null
    : {
        host: said(libpq.PQhost),
        port: String(Number(said(libpq.PQport) || "5432")),
        dbname: said(libpq.PQdb),
        user: said(libpq.PQuser),
        password: said(libpq.PQpass),
        ...others(connection),
      };
  libpq.PQfinish(connection);
  for (const name of Object.keys(environment)) libc.unsetenv(cstring(name));
  return resolution;
}

/** What PQconninfo says of the other keywords. */
function others(connection: Pointer): OtherKeywords {
  const options = libpq.PQconninfo(connection) as Pointer;
  const all = Object.fromEntries(conninfoOptions(options));
  libpq.PQconninfoFree(options);
  const said = (keyword: string) => all[keyword] ?? "";
  return {
    application_name: said("application_name"),
    connect_timeout: said("connect_timeout"),
    hostaddr: said("hostaddr"),
    keepalives_idle: said("keepalives_idle"),
    options: said("options"),
    sslmode: said("sslmode"),
    target_session_attrs: said("target_session_attrs"),
  };
}

const cases: readonly ResolutionCase[] = JSON.parse(await Bun.stdin.text());
await Bun.write(Bun.stdout, JSON.stringify(cases.map(resolve)));
