import { describe, expect, test } from "bun:test";
import {
  checkParameters,
  connectionDefaults,
  environmentParameters,
  parseConninfo,
  resolveConnection,
} from "../../../src/postgres/conninfo/conninfo.ts";

const system = { user: "ana", socketDirectories: ["/tmp"] };

function parsed(text: string): object | string {
  const conninfo = parseConninfo(text);
  return conninfo.ok ? conninfo.parameters : conninfo.error.message;
}

describe("a URI is read as libpq reads it", () => {
  test.each([
    ["postgresql://u:s@h:12345/db", { user: "u", password: "s", host: "h", port: "12345", dbname: "db" }],
    ["postgres://u@h/db", { user: "u", host: "h", dbname: "db" }],
    ["postgresql://u@", { user: "u" }],
    ["postgresql://", {}],
    ["postgresql:///db", { dbname: "db" }],
    ["postgresql://h?", { host: "h" }],
    ["postgresql://:12345/", { port: "12345" }],
    ["postgresql://%68ost/", { host: "host" }],
    ["postgresql://h/db?u%73er=other&port=1", { host: "h", dbname: "db", user: "other", port: "1" }],
    ["postgresql://[::1]:5/db", { host: "::1", port: "5", dbname: "db" }],
    ["postgres://?host=/path/to/dir", { host: "/path/to/dir" }],
    ["postgres://%2Fvar%2Flib/db", { host: "/var/lib", dbname: "db" }],
    ["postgres://a@b@h", { user: "a", host: "b@h" }],
    ["postgres://u:p%40ss%2F@h", { user: "u", password: "p@ss/", host: "h" }],
    ["postgres://:@h", { host: "h" }],
    ["postgres://a,b/db", { host: "a,b", port: ",", dbname: "db" }],
    ["postgres://h?ssl=true", { host: "h", sslmode: "require" }],
    ["postgres://h?sslmode=verify-full&ssl=true", { host: "h", sslmode: "require" }],
    ["postgres://h/a+b", { host: "h", dbname: "a+b" }],
    ["postgres://h/a\tb", { host: "h", dbname: "a\tb" }],
  ])("%p", (text, parameters) => {
    expect(parsed(text)).toEqual(parameters);
  });

  test.each([
    ["postgres://[::1", "bracket"],
    ["postgres://[]", "bracket"],
    ["postgres://[::1]z", "after an IPv6 address"],
    ["postgresql://h?zzz", '"="'],
    ["postgresql://h?value1&value2", '"="'],
    ["postgresql://h?dbname=a=b", 'second "="'],
    ["postgresql://h?uzer=", "unknown"],
    ["postgresql://h?User=x", "unknown"],
    ["postgres://h?dbname=%XXfoo", "hexadecimal"],
    ["postgresql://a%00b", "NUL"],
    ["postgresql://%1", "hexadecimal"],
    ["postgresql://%ff", "UTF-8"],
    ["postgresql://h/a b", "blank"],
    ["postgresql://h\0", "NUL"],
  ])("%p is refused", (text, reason) => {
    expect(parsed(text)).toContain(reason);
  });
});

describe("a keyword string is read as libpq reads it", () => {
  test.each([
    ["", {}],
    ["  host=h   port = 5433  ", { host: "h", port: "5433" }],
    ["host='my host' user='it\\'s' password='a\\\\b'", { host: "my host", user: "it's", password: "a\\b" }],
    ["dbname=a\\ b", { dbname: "a b" }],
    ["host=''", { host: "" }],
    ["user= host=db1", { user: "host=db1" }],
    ["host='a'port=1", { host: "a", port: "1" }],
    ["host=a\\", { host: "a" }],
    ["host=a host=b", { host: "b" }],
    ["password='two\nlines'", { password: "two\nlines" }],
    ["host=h\tuser=u", { host: "h", user: "u" }],
  ])("%p", (text, parameters) => {
    expect(parsed(text)).toEqual(parameters);
  });

  test.each([
    ["host", '"="'],
    ["host=h extra", '"="'],
    ["host='h", "does not end"],
    ["host='a\\", "does not end"],
    ["Host=h", "unknown"],
    ["=h", "unknown"],
    ["postgre://h?host=x", "unknown"],
  ])("%p is refused", (text, reason) => {
    expect(parsed(text)).toContain(reason);
  });
});

test("an error points at the place", () => {
  expect(parseConninfo("host=h hots=x")).toEqual({
    ok: false,
    error: { message: "an unknown keyword", position: 7 },
  });
});

test.each<[string, object]>([
  ["host=h port = 5", { host: 0, port: 7 }],
  [
    "postgres://u:p@h:5/db?sslmode=x",
    { user: 11, password: 13, host: 15, port: 17, dbname: 19, sslmode: 22 },
  ],
  ["postgres://a,b:2", { host: 11, port: 15 }],
])("%p tells where each parameter begins", (text, positions) => {
  expect(parseConninfo(text)).toMatchObject({ ok: true, positions });
});

test.each([
  "postgresql://u:SECRETPW%@h",
  "postgresql://u:SECRET PW@h",
  "postgresql://u:SECRET/PW@h?x",
  "host=h password=SECRETPW oops",
  "host=h password=one SECRETPW=two",
  "password='SECRETPW",
  "postgresql://h?password=SECRETPW=x",
])("the message for %p gives nothing of it away", (text) => {
  const conninfo = parseConninfo(text);
  expect(conninfo.ok).toBe(false);
  expect(JSON.stringify(conninfo)).not.toMatch(/SECRET|PW/);
});

describe("values are judged", () => {
  test.each([
    ["host=a,b port=1,2,3", "port"],
    ["host=a,b port=1,x", "port"],
    ["host=a,b port=x,y", "port"],
    ["host=a,b hostaddr=1.1.1.1", "hostaddr"],
    ["host=a,b sslmode=Require", "sslmode"],
    ["port=0", "port"],
    ["port=65536", "port"],
    ["port=1e3", "port"],
    ["port=1,2", "port"],
    ["sslmode=Require", "sslmode"],
    ["sslmode=require sslrootcert=system", "sslmode"],
    ["require_auth=scram", "require_auth"],
    ["require_auth=md5,!password", "require_auth"],
    ["channel_binding=required", "channel_binding"],
    ["target_session_attrs=master", "target_session_attrs"],
    ["requirepeer=ana", "requirepeer"],
  ])("%p is refused for its %s", (text, keyword) => {
    const conninfo = parseConninfo(text);
    if (!conninfo.ok) throw new Error(conninfo.error.message);
    expect(checkParameters(conninfo.parameters).map((problem) => problem.keyword as string)).toEqual([
      keyword,
    ]);
  });

  test.each([
    "port=65535",
    "sslmode=verify-ca",
    "target_session_attrs=any application_name=x",
    "port='' host=''",
    "host=a,b port=1,2",
    "hostaddr=1.1.1.1,::1",
    "require_auth=!password,!md5 channel_binding=require",
  ])("%p is fine", (text) => {
    const conninfo = parseConninfo(text);
    expect(conninfo.ok && checkParameters(conninfo.parameters)).toEqual([]);
  });
});

describe("what is not given comes from the environment, then from libpq's defaults", () => {
  test("nothing at all is the socket, as the user, in the user's database", () => {
    expect(resolveConnection({}, system)).toEqual({
      host: "/tmp",
      port: 5432,
      dbname: "ana",
      user: "ana",
      password: null,
      sslmode: "prefer",
      sslrootcert: null,
      sslcert: null,
      sslkey: null,
      ...connectionDefaults,
    });
    expect(resolveConnection({}, { user: "ana", socketDirectories: [] }).host).toBe("localhost");
  });

  test("the string beats the environment, the environment the default", () => {
    const environment = {
      PGHOST: "envhost",
      PGPORT: "6000",
      PGUSER: "bob",
      PGPASSWORD: "envpw",
      PGSSLMODE: "require",
    };
    const connection = resolveConnection({ ...environmentParameters(environment), host: "h" }, system);
    expect(connection).toMatchObject({
      host: "h",
      port: 6000,
      user: "bob",
      dbname: "bob",
      sslmode: "require",
    });
    expect(connection.password?.reveal()).toBe("envpw");
    // What is there but empty is libpq's default, not the environment's.
    const empty = resolveConnection(
      { ...environmentParameters(environment), user: "", password: "" },
      system,
    );
    expect(empty).toMatchObject({ host: "envhost", user: "ana", dbname: "ana", password: null });
  });

  test("the system's roots imply that the name is verified", () => {
    expect(resolveConnection({ sslrootcert: "system" }, system).sslmode).toBe("verify-full");
  });

  test("unchecked values are never replaced by a guess", () => {
    expect(() => resolveConnection({ port: "x" }, system)).toThrow(RangeError);
  });
});
