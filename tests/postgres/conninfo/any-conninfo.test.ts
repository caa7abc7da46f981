import { describe, expect, test } from "bun:test";
import { leftOutWords, parseAnyConninfo } from "../../../src/postgres/conninfo/any-conninfo.ts";
import { checkParameters, parseConninfo } from "../../../src/postgres/conninfo/conninfo.ts";

const read = (text: string, unknown?: "leave out") => {
  const conninfo = parseAnyConninfo(text, unknown);
  if (!conninfo.ok) throw new Error(`${conninfo.error.message} at ${conninfo.error.position}`);
  return { parameters: conninfo.parameters, leftOut: leftOutWords(conninfo.leftOut) };
};

const ann = { user: "ann", password: "pw", host: "db1", port: "6543", dbname: "shop" };

/** What people have at hand, what it comes to, and what of it is left out. */
const strings: readonly (readonly [
  program: string,
  text: string,
  parameters: object,
  leftOut: string | null,
])[] = [
  [
    "Prisma",
    "postgresql://ann:pw@db1:6543/shop?schema=public&pgbouncer=true&connection_limit=1&sslmode=require&sslaccept=strict&sslidentity=x.p12&socket_timeout=5&pool_timeout=2",
    { ...ann, sslmode: "require" },
    "schema, pgbouncer, connection_limit, sslaccept, sslidentity, socket_timeout, pool_timeout",
  ],
  [
    "Supabase's pooler",
    "postgres://ann:pw@db1:6543/shop?sslmode=require&supa=base-pooler.x&pgbouncer=true",
    { ...ann, sslmode: "require" },
    "supa, pgbouncer",
  ],
  ["asyncpg", "postgresql+asyncpg://ann:pw@db1:6543/shop?ssl=require", { ...ann, sslmode: "require" }, null],
  [
    "asyncpg, alone",
    "postgresql://ann:pw@db1:6543/shop?ssl=verify-full",
    { ...ann, sslmode: "verify-full" },
    null,
  ],
  [
    "node-postgres",
    "postgres://ann:pw@db1:6543/shop?sslmode=no-verify&uselibpqcompat=true",
    { ...ann, sslmode: "require" },
    "uselibpqcompat",
  ],
  [
    "node-postgres without TLS",
    "postgres://ann:pw@db1:6543/shop?ssl=false&max=3",
    { ...ann, sslmode: "disable" },
    "max",
  ],
  [
    "node-postgres, unverified",
    "postgres://ann:pw@db1:6543/shop?sslmode=no-verify",
    { ...ann, sslmode: "require" },
    null,
  ],
  [
    "SQLAlchemy with two hosts",
    "postgresql+psycopg2://ann:pw@/shop?host=db1:6543&host=db2:6544&application_name=x",
    {
      user: "ann",
      password: "pw",
      dbname: "shop",
      host: "db1,db2",
      port: "6543,6544",
      application_name: "x",
    },
    null,
  ],
  [
    "Django",
    "postgis://ann:pw@db1:6543/shop?conn_max_age=600&ssl_require=true",
    { ...ann, sslmode: "require" },
    "conn_max_age",
  ],
  [
    "Rails",
    "postgresql://ann:pw@db1:6543/shop?pool=5&encoding=unicode&prepared_statements=false",
    ann,
    "pool, encoding, prepared_statements",
  ],
  [
    "pgx",
    "postgres://ann:pw@db1:6543/shop?pool_max_conns=10&default_query_exec_mode=simple_protocol&search_path=app",
    ann,
    "pool_max_conns, default_query_exec_mode, search_path",
  ],
  ["GORM", "host=db1 user=ann password=pw dbname=shop port=6543 TimeZone=Asia/Shanghai", ann, "TimeZone"],
  [
    "JDBC",
    "jdbc:postgresql://db1:6543,db2/shop?user=ann&password=pw&ssl=true&currentSchema=app&targetServerType=preferSecondary&loadBalanceHosts=true&ApplicationName=x&connectTimeout=5&tcpKeepAlive=false",
    {
      ...ann,
      host: "db1,db2",
      port: "6543,",
      sslmode: "require",
      target_session_attrs: "prefer-standby",
      load_balance_hosts: "random",
      application_name: "x",
      connect_timeout: "5",
      keepalives: "0",
    },
    "currentSchema",
  ],
  [
    "JDBC with a bare ssl",
    "jdbc:postgresql://db1/shop?ssl&user=ann",
    { host: "db1", dbname: "shop", user: "ann", sslmode: "require" },
    null,
  ],
  [
    "JDBC with = in a value",
    "jdbc:postgresql://db1/shop?user=ann&options=-c%20search_path=app%20-c%20statement_timeout=90",
    { host: "db1", dbname: "shop", user: "ann", options: "-c search_path=app -c statement_timeout=90" },
    null,
  ],
  [
    "JDBC with a blank as a form has it",
    "jdbc:postgresql://db1:6543/shop?user=ann&password=p+w%2B&ApplicationName=a+b",
    { ...ann, password: "p w+", application_name: "a b" },
    null,
  ],
  ["a plus sign elsewhere", "postgresql+asyncpg://ann:p+w@db1:6543/shop", { ...ann, password: "p+w" }, null],
  [
    "a driver around JDBC",
    "jdbc:aws-wrapper:postgresql://db1:6543/shop?user=ann&password=pw&ssl=true",
    { ...ann, sslmode: "require" },
    null,
  ],
  ["Ecto", "ecto://ann:pw@db1:6543/shop?pool_size=10&ssl=true", { ...ann, sslmode: "require" }, "pool_size"],
  ["JDBC with a database alone", "jdbc:postgresql:shop", { host: "localhost", dbname: "shop" }, null],
  ["JDBC without a host", "jdbc:postgresql:///shop", { host: "localhost", dbname: "shop" }, null],
  [
    "R2DBC",
    "r2dbc:pool:postgresql://ann:pw@db1:6543/shop?sslMode=VERIFY_FULL&sslRootCert=/ca&connectTimeout=PT10S&maxSize=5",
    { ...ann, sslmode: "verify-full", sslrootcert: "/ca" },
    "connectTimeout, maxSize",
  ],
  [
    "Npgsql",
    `Host=db1;Port=6543;Username=ann;Password=pw;Database=shop;SSL Mode=VerifyFull;Root Certificate=/ca;Pooling=true;Maximum Pool Size=9;Timeout=7;Target Session Attributes=prefer-primary`,
    { ...ann, sslmode: "verify-full", sslrootcert: "/ca", connect_timeout: "7" },
    "Pooling, Maximum Pool Size, Target Session Attributes",
  ],
  [
    "Npgsql with two hosts",
    "host=db1:6543,db2;username=ann;database=shop",
    { host: "db1,db2", port: "6543,", user: "ann", dbname: "shop" },
    null,
  ],
  ["ADO.NET in small letters", "server=db1;port=6543;database=shop;user id=ann;pwd=pw", ann, null],
  [
    "a quoted password",
    `Host=db1;Password="a;""b' c";Username=ann`,
    { host: "db1", user: "ann", password: `a;"b' c` },
    null,
  ],
  [
    "ODBC",
    "Driver={PostgreSQL Unicode(x64)};Server=db1;Port=6543;Database=shop;Uid=ann;Pwd={p;}}w};SSLmode=require;BoolsAsChar=0;",
    { ...ann, password: "p;}w", sslmode: "require" },
    "Driver, BoolsAsChar",
  ],
  ["PDO", "pgsql:host=db1;port=6543;dbname=shop;user=ann;password=pw", ann, null],
  [
    "a line of an .env file",
    `export DATABASE_URL="postgresql://ann:pw@db1:6543/shop?schema=app"`,
    ann,
    "schema",
  ],
  [
    "a line of a properties file",
    "spring.datasource.url=jdbc:postgresql://db1:6543/shop?user=ann&password=pw",
    ann,
    null,
  ],
  ["a line of a YAML file", "  url: postgresql://ann:pw@db1:6543/shop?pool=5", ann, "pool"],
];

test.each(strings)("%s", (_, text, parameters, leftOut) => {
  expect(read(text)).toEqual({ parameters, leftOut } as ReturnType<typeof read>);
  expect(checkParameters(read(text).parameters)).toEqual([]);
});

test("what libpq reads is read as libpq does", () => {
  for (const text of [
    "postgresql://ann:pw@db1:6543/shop?sslmode=verify-full&ssl=true",
    "host=db1 password=a;b=c",
    "host=db1 password='Host=x;Port=1'",
    "dbname=postgresql://db1/shop",
    "dbname='host=x'",
    "",
  ]) {
    const strict = parseConninfo(text);
    expect(parseAnyConninfo(text)).toMatchObject(strict);
    expect(strict.ok).toBe(true);
  }
});

test("ssl takes nothing from an sslmode that is said too, in whatever order", () => {
  for (const text of [
    "jdbc:postgresql://db1/shop?sslmode=verify-full&ssl=true",
    "jdbc:postgresql://db1/shop?ssl=true&sslmode=verify-full",
    "postgresql://db1/shop?sslmode=verify-full&ssl=true&schema=app",
    "postgresql+asyncpg://db1/shop?sslmode=verify-full&ssl=1",
    "Host=db1;Database=shop;SSL Mode=VerifyFull;SSL=true",
    "Host=db1;Database=shop;SSL=true;SSL Mode=VerifyFull",
  ])
    expect(read(text).parameters).toEqual({ host: "db1", dbname: "shop", sslmode: "verify-full" });
});

test("a URI of another kind of server is named as such", () => {
  for (const text of ["mysql://ann@db1/shop", "jdbc:mysql://db1/shop?a=b", "prisma://db1/?api_key=SECRETPW"])
    expect(parseAnyConninfo(text)).toEqual({
      ok: false,
      error: { message: "a scheme that is not PostgreSQL's", position: 0 },
    });
});

describe("a parameter that nobody knows", () => {
  const problem = (text: string) => {
    const conninfo = parseAnyConninfo(text);
    return conninfo.ok ? null : conninfo.error;
  };

  test("is refused by its name and place", () => {
    expect(problem("postgresql://db1/shop?fancy=1")).toEqual({
      message: "an unknown query parameter (fancy)",
      position: 22,
    });
    expect(problem("jdbc:postgresql://db1/shop?fancyThing=1")).toEqual({
      message: "an unknown query parameter (fancyThing)",
      position: 27,
    });
    expect(problem("host=db1 fancy_thing=1")).toMatchObject({ message: "an unknown keyword (fancy_thing)" });
    expect(problem("Host=db1;Fancy=1")).toEqual({ message: "an unknown keyword", position: 9 });
  });

  test("is left out by its name where a person sees what came of it", () => {
    expect(read("postgresql://db1/shop?fancy=1&schema=x", "leave out").leftOut).toBe("fancy, schema");
  });

  test.each([
    "postgresql://db1/shop?user=ann&password=pw&secretpw=x",
    "postgresql://ann:12/secretpw?secretpw=x@db1/shop",
    "host=db1 password=pw secretpw=x",
    "host=db1 c2VjcmV0cHc=",
    "postgresql://db1/shop?Secretpw9=1",
    "Host=db1;Password=a;secretpw=x",
    "Host=db1;secretpw99=x",
  ])("is not named where it may be a part of a password: %s", (text) => {
    expect(JSON.stringify(problem(text))).not.toMatch(/secretpw|c2V/i);
    const form = parseAnyConninfo(text, "leave out");
    expect(JSON.stringify(form.ok ? form.leftOut : form.error)).not.toMatch(/secretpw|c2V/i);
  });
});

test("a value that no mode of TLS has is refused and not guessed", () => {
  const { parameters } = read("postgresql://db1/shop?ssl=SECRETPW");
  expect(checkParameters(parameters).map(({ keyword }) => keyword)).toEqual(["sslmode"]);
});
