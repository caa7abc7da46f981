import { expect, test } from "bun:test";
import { parseConninfo } from "../../../src/postgres/conninfo/conninfo.ts";
import { libpqParser } from "../../support/libpq/libpq.ts";

const users = ["", "u@", "u:@", ":p@", "u:p@", "u:p%40%2F%3A@", "u%20x:p:q@", "a@b@", "@"];
const hosts = [
  "",
  "h",
  "h:1",
  ":1",
  "h:",
  "[::1]",
  "[fe80::1%25eth0]:6000",
  "%2Ftmp",
  "%40abstract",
  "1.2.3.4",
];
const several = [
  "a,b",
  "a:1,b:2",
  "a:1,b",
  "a,b:2",
  ",",
  "a,",
  ",b",
  ":1,:2",
  "[::1]:1,[::2]:2",
  "a,,c:3",
  "%2Ftmp,h",
];
const tails = ["", "/", "/db", "?", "/?", "/db?", "/a%20b", "/a/b", "/a+b", "/%C3%A9", "/?host=/tmp&port=5"];
const queries = [
  ...[
    "user=x",
    "us%65r=x",
    "user=",
    "=",
    "=x",
    "user",
    "user&",
    "user=a=b",
    "user=x&",
    "&",
    "user=x&&port=1",
  ],
  ...[
    "uzer=x",
    "User=x",
    "user=x&user=y",
    "ssl=true",
    "ssl=false",
    "ssl=True",
    "ssl=",
    "sslmode=verify-full&ssl=true",
  ],
  ...[
    "host=a,b&port=1,2",
    "password=p%26q",
    "password=%",
    "password=%2",
    "password=%zz",
    "password=%00",
    "a%3Db=c",
  ],
  ...[
    "hostaddr=1.2.3.4",
    "options=-c%20geqo%3Doff",
    "service=s",
    "passfile=%2Fp",
    "connect_timeout=x",
    "port=-1",
  ],
  ...[
    "user=x#y",
    "user=x?y",
    "user=x/y",
    "user=a%2Bb",
    "application_name=%25",
    "target_session_attrs=primary",
  ],
];
const broken = [
  ...[
    "postgresql://[",
    "postgresql://[]",
    "postgresql://[::1",
    "postgresql://[::1]x",
    "postgresql://[::1]@h",
  ],
  ...[
    "postgresql://u@[::1",
    "postgresql://h:1:2/db",
    "postgres:/h",
    "postgresql:h",
    "postgresq://h",
    "POSTGRES://h",
  ],
  ...[
    "postgresql://%",
    "postgresql://%1",
    "postgresql://%zz",
    "postgresql://h/%",
    "postgresql://u%@h",
    " postgres://h",
  ],
];
const words = [
  ...[
    "",
    " ",
    "\t\n\v\f\r",
    "host=h",
    "host = h",
    "host= h",
    "host =h",
    " host=h ",
    "host=h user=u",
    "host=h\nuser=u",
  ],
  ...[
    "host=",
    "host= ",
    "host=''",
    "host=' '",
    "host='a b'",
    "host='a''b'",
    "host='a'user=u",
    "host=a'b",
    "host=a'b c'",
  ],
  ...[
    "host='a\\'b'",
    "host='a\\\\b'",
    "host=a\\ b",
    "host=a\\\\b",
    "host=a\\'b",
    "host=a\\",
    "host='a\\",
    "host='a",
  ],
  ...[
    "host='a\\'",
    "host",
    "host h",
    "host h=x",
    "=",
    "=h",
    "host==h",
    "host=a=b",
    "host='a'='b'",
    "host=a host=b",
  ],
  ...[
    "user= host=db1",
    "user='' host=db1",
    "Host=h",
    "hots=h",
    "host=h oops",
    "host=h oops=",
    "host=é",
    "hôst=h",
  ],
  ...[
    "host=a,b port=1,2",
    "host=@abstract",
    "host=/tmp",
    "port=x",
    "port=99999",
    "sslmode=bogus",
    "ssl=true",
  ],
  ...[
    "password=p@ss:w/rd",
    "password='two\nlines'",
    "password=a%20b",
    "options='-c geqo=off'",
    "dbname=postgres://h/db",
  ],
  ...[
    "requiressl=1",
    "requiressl=0",
    "requiressl=",
    "postgres://h?requiressl=1",
    "authtype=x",
    "tty=x",
    "service=s",
    "passfile=/p",
    "hostaddr=1.2.3.4,::1",
    "keepalives=0 sslsni=1",
  ],
  ...[
    "host\u00a0=h",
    "host=a\u00a0b",
    "host=a;user=b",
    "host=a,user=b",
    "host=a#b",
    '"host"=h',
    'host="a b"',
    "host=\\",
  ],
];

const strings = [
  ...users.flatMap((user) => hosts.map((host) => `postgresql://${user}${host}`)),
  ...several.flatMap((list) => [`postgres://${list}`, `postgres://u@${list}/db`]),
  ...tails.flatMap((tail) => [`postgres://h${tail}`, `postgres://${tail}`, `postgres://u@a,b:2${tail}`]),
  ...queries.map((query) => `postgresql://h/db?${query}`),
  ...broken,
  ...words,
];

/** What libpq 18 does otherwise than Debian's 15, or what we refuse on purpose. */
const different: readonly (readonly [text: string, ours: object | null, why: string])[] = [
  ["postgresql://h/a b", null, "18 refuses a blank within a URI's value, 15 kept it"],
  ["postgresql://h/db ", { host: "h", dbname: "db" }, "18 drops blanks at the ends, 15 kept them"],
  ["postgresql://h/%ff", null, "not UTF-8: a name that could not be shown"],
  ["host=h sslcertmode=require", { host: "h", sslcertmode: "require" }, "a keyword of 16"],
  ["host=h require_auth=none", { host: "h", require_auth: "none" }, "a keyword of 16"],
  ["host=h load_balance_hosts=random", { host: "h", load_balance_hosts: "random" }, "a keyword of 16"],
  ["host=h sslnegotiation=direct", { host: "h", sslnegotiation: "direct" }, "a keyword of 17"],
  ["host=h servicefile=/s", { host: "h", servicefile: "/s" }, "a keyword of 18"],
  ["host=h min_protocol_version=3.0", { host: "h", min_protocol_version: "3.0" }, "a keyword of 18"],
];

function ours(text: string): object | null {
  const conninfo = parseConninfo(text);
  return conninfo.ok ? conninfo.parameters : null;
}

const libpq = libpqParser();
const skipped = libpq === null && process.env["CI"] !== "true";

test.skipIf(skipped)("connection strings are read as the installed libpq reads them", () => {
  if (!libpq) throw new Error("install Debian's libpq5");
  const unequal = strings.filter((text) => !Bun.deepEquals(ours(text), libpq(text)));
  expect(unequal.map((text) => ({ text, ours: ours(text), libpq: libpq(text) }))).toEqual([]);
  expect(new Set(strings).size).toBeGreaterThan(250);
});

test.each(different)("%p is %p, otherwise than libpq 15: %s", (text, expected) => {
  expect(ours(text)).toEqual(expected);
});
