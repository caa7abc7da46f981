import { describe, expect, test } from "bun:test";
import { checkDraft, draftOfNode, emptyDraft, type NodeDraft } from "../../../src/config/edit/draft.ts";
import { parseDraft } from "../../../src/config/edit/pasted.ts";
import { Secret } from "../../../src/text/secret.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";

describe("what is pasted", () => {
  const cases: [text: string, parameters: NodeDraft["parameters"], name: string, password: string | null][] =
    [
      [
        "postgresql://ann:s%40cret@db1.example.com:5433/app?sslmode=require",
        { user: "ann", host: "db1.example.com", port: "5433", dbname: "app", sslmode: "require" },
        "db1",
        "s@cret",
      ],
      [
        " host=10.0.0.5 user=ann password='it''s' \n".replace("''", "\\'"),
        { host: "10.0.0.5", user: "ann" },
        "10.0.0.5",
        "it's",
      ],
      ["host=/tmp port=5434", { host: "/tmp", port: "5434" }, "local-5434", null],
      [
        "psql -h db2 -p 6000 -Uann shop",
        { host: "db2", port: "6000", user: "ann", dbname: "shop" },
        "db2",
        null,
      ],
      [
        "PGPASSWORD='a b' psql --host=db2 shop ann",
        { host: "db2", dbname: "shop", user: "ann" },
        "db2",
        "a b",
      ],
      ["psql -h db2 constructor", { host: "db2", dbname: "constructor" }, "db2", null],
      ['psql -Atc "select 1" -h db2 shop', { host: "db2", dbname: "shop" }, "db2", null],
      [
        'psql "postgresql://ann@db3/shop" -c "select 1"',
        { user: "ann", host: "db3", dbname: "shop" },
        "db3",
        null,
      ],
      ["db5.example.com:5433/shop", { host: "db5.example.com", port: "5433", dbname: "shop" }, "db5", null],
      ["ann@db6", { user: "ann", host: "db6" }, "db6", null],
      ["10.0.0.7", { host: "10.0.0.7" }, "10.0.0.7", null],
      ["[2001:db8::7]:5433", { host: "2001:db8::7", port: "5433" }, "2001:db8::7", null],
      [`host=db4 user=\${ME} dbname=a\${b`, { host: "db4", user: `\${ME}`, dbname: `a$\${b` }, "db4", null],
    ];
  test.each(cases)("%s", (text, parameters, name, password) => {
    const pasted = parseDraft(text);
    if (!pasted.ok) throw new Error(pasted.problem);
    expect(pasted.draft).toMatchObject({ parameters, name });
    expect(Object.keys(pasted.draft.parameters).toSorted()).toEqual(Object.keys(parameters).toSorted());
    expect(pasted.draft.password?.reveal() ?? null).toBe(password);
  });

  test.each([
    `DATABASE_URL=postgresql://ann:s3cret@db3/shop`,
    `export DATABASE_URL="postgresql://ann:s3cret@db3/shop";`,
    `'postgresql://ann:s3cret@db3/shop'`,
    `postgresql+psycopg://ann:s3cret@db3/shop`,
    `jdbc:postgresql://db3/shop?user=ann&password=s3cret`,
  ])("a URI is found in %s", (text) => {
    const pasted = parseDraft(text);
    if (!pasted.ok) throw new Error(pasted.problem);
    expect(pasted.draft.parameters).toEqual({ user: "ann", host: "db3", dbname: "shop" });
    expect(pasted.draft.password?.reveal()).toBe("s3cret");
  });

  test.each([
    ["PGHOST=db1\nPGPORT=6000\nPGUSER=ann\nPGPASSWORD='a b'\nPGDATABASE=shop", null],
    ["export PGHOST=db1 PGPORT=6000 PGUSER=ann PGPASSWORD='a b' PGDATABASE=shop", null],
    ["PGTZ=UTC PGPORT=6000 LANG=C PGPASSWORD='a b' psql -h db1 -U ann 'dbname=shop'", "PGTZ"],
  ])("libpq's variables count, alone or before psql: %s", (text, leftOut) => {
    const pasted = parseDraft(text);
    if (!pasted.ok) throw new Error(pasted.problem);
    expect(pasted.draft.parameters).toEqual({ host: "db1", port: "6000", user: "ann", dbname: "shop" });
    expect(pasted.draft.password?.reveal()).toBe("a b");
    expect(pasted.leftOut).toBe(leftOut);
  });

  test("a variable that cannot be honoured is no silent one", () => {
    const pasted = parseDraft("PGREQUIREPEER=postgres PGREQUIRESSL=1 psql -h /tmp");
    if (!pasted.ok) throw new Error(pasted.problem);
    expect(pasted.draft.parameters).toEqual({ host: "/tmp", requirepeer: "postgres", sslmode: "require" });
    expect(checkDraft(pasted.draft, []).map(({ field }) => field)).toContain("requirepeer");
  });

  test("a passphrase is kept apart, as a password is", () => {
    const pasted = parseDraft("postgresql://ann@db3/shop?sslkey=/k&sslpassword=SECRETPW");
    if (!pasted.ok) throw new Error(pasted.problem);
    expect(JSON.stringify(pasted.draft)).not.toContain("SECRETPW");
    expect(pasted.draft.parameters).toEqual({ user: "ann", host: "db3", dbname: "shop", sslkey: "/k" });
    expect(pasted.draft.keyPassphrase?.reveal()).toBe("SECRETPW");
  });

  test.each([
    "db1",
    "kubectl exec -it pod -- psql",
    "\\\\c shop ann db1 5433",
    "db1:port/shop",
    "a@b@db1:1",
    "/tmp/x",
  ])("%s is no address, and the form says what is one", (text) => {
    const problem = "write host:port/database, a URI, host=… or a psql command";
    expect(parseDraft(text)).toEqual({ ok: false, problem });
  });

  test("what cannot be read is told without a word of it", () => {
    expect(parseDraft("postgresql://ann:hunter2@[::1")).toEqual({
      ok: false,
      problem: "an IPv6 address that is empty or lacks its closing bracket",
    });
    expect(parseDraft("hunter2")).toMatchObject({ ok: false });
  });

  test("a variable that holds the whole string stays one", () => {
    const pasted = parseDraft(` \${DATABASE_URL}\n`);
    expect(pasted).toMatchObject({ ok: true, draft: { variable: `\${DATABASE_URL}`, parameters: {} } });
  });

  test("a node that is in no file gives a draft of all that it was reached by", () => {
    const connection = { host: "db1", user: `a\${b`, sslmode: "require", sslrootcert: "system" } as const;
    const { name, parameters } = draftOfNode(nodeSettings({ name: "db1:5433", port: 5433 }, { connection }));
    expect({ name, ...parameters }).toEqual({
      name: "db1:5433",
      host: "db1",
      port: "5433",
      dbname: "postgres",
      user: `a$\${b`,
      sslmode: "require",
      sslrootcert: "system",
    });
  });

  test("keeps where the connection goes and how TLS begins", () => {
    const way = { hostaddr: "10.0.0.1", options: "-c geqo=off", sslnegotiation: "direct" } as const;
    const connection = { host: "db1", sslmode: "require", ...way } as const;
    expect(draftOfNode(nodeSettings({ name: "db1", port: 1 }, { connection })).parameters).toMatchObject(way);
  });

  test("says how a session is to be, and nothing that is default", () => {
    const connection = {
      ...{ applicationName: "top", connectTimeoutMs: 5000, keepalives: false, keepalivesIdleSeconds: 60 },
      ...{ keepalivesIntervalSeconds: 5, keepalivesCount: 3, tcpUserTimeoutMs: 9000 },
      sslmode: "prefer",
    } as const;
    const { parameters } = draftOfNode(nodeSettings({ name: "db1", port: 1 }, { connection }));
    expect(parameters).toEqual({
      host: "127.0.0.1",
      port: "1",
      dbname: "postgres",
      user: "monitor",
      connect_timeout: "5",
      keepalives: "0",
      keepalives_idle: "60",
      keepalives_interval: "5",
      keepalives_count: "3",
      tcp_user_timeout: "9000",
      application_name: "top",
    });
  });

  test("the suggested name is free", () => {
    expect(parseDraft("host=db1", ["db1", "db1-2"])).toMatchObject({ draft: { name: "db1-3" } });
    expect(parseDraft("host=db1,db2", ["db-2"])).toMatchObject({ draft: { name: "db-3" } });
    expect(parseDraft("host=constructor")).toMatchObject({ draft: { name: "constructor-2" } });
  });

  test.each([
    ["host=orders-1.example.com,orders-2.example.com", "orders"],
    ["host=berlin,lisbon dbname=shop", "shop"],
    ["host=10.0.0.1,10.0.0.2", "node"],
    ["host=127.0.0.1,127.0.0.1 port=1,2", "local"],
  ])("several hosts are called what they have in common: %s", (text, name) => {
    expect(parseDraft(text)).toMatchObject({ draft: { name } });
  });
});

describe("what is wrong with each field", () => {
  const draft = (change: Partial<NodeDraft>): NodeDraft => ({ ...emptyDraft, name: "db1", ...change });
  const cases: [change: Partial<NodeDraft>, field: string, problem: string][] = [
    [{ name: "" }, "name", "give it a name"],
    [{ name: "db2" }, "name", "another node has this name"],
    [{ name: "prod\u200b" }, "name", "only characters that can be seen"],
    [{ name: "\u202eprod" }, "name", "only characters that can be seen"],
    [{ name: "prod " }, "name", "no blank at the ends"],
    [{ name: "postgres://ann:pw@db" }, "name", "a name, not a connection string"],
    [{ name: "__proto__" }, "name", "choose another name"],
    [{ name: "constructor" }, "name", "choose another name"],
    [{ group: "toString" }, "group", "choose another name"],
    [{ group: "" }, "group", "a group has a name"],
    [{ group: "a\tb" }, "group", "only characters that can be seen"],
    [{ parameters: { port: "70000" } }, "port", "expected a port from 1 to 65535"],
    [{ parameters: { port: `\${PORT` } }, "port", `write $\${ for a plain \${`],
    [{ parameters: { host: "a,b", port: "1,2,3" } }, "port", "expected one port, or one for each host"],
    [{ name: "a", parameters: { host: "x,y" } }, "name", "another node has the name of one of its hosts"],
    [{ parameters: { host: "a,-b" } }, "host", "a host has no blanks and does not begin with -"],
    [{ parameters: { host: "-oProxyCommand" } }, "host", "a host has no blanks and does not begin with -"],
    [
      { parameters: { sslmode: "on" } },
      "sslmode",
      "expected disable, allow, prefer, require, verify-ca, verify-full",
    ],
    [{ parameters: { user: "a\nb" } }, "user", "no control characters"],
    [{ password: new Secret("a\nb") }, "password", "a password is on one line"],
  ];
  test.each(cases)("%j", (change, field, problem) => {
    expect(checkDraft(draft(change), ["db2", "a-2"])).toMatchObject([{ field, problem }]);
  });

  test("nothing is wrong with what libpq can fill in, nor with a variable", () => {
    expect(checkDraft(draft({}), [])).toEqual([]);
    expect(checkDraft(draft({ parameters: { host: `\${HOST}`, port: `\${PORT:-5432}` } }), [])).toEqual([]);
  });
});
