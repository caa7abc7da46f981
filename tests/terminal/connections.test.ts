import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Secret } from "../../src/text/secret.ts";
import { serversForTests, until } from "../support/servers/servers.ts";
import { ourBackends } from "../support/servers/watched.ts";
import { ready, refusing, watching } from "../support/terminal/watching.ts";

const servers = serversForTests();
const root = mkdtempSync(join(tmpdir(), "pgparade-connections-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A config file in a folder of its own. */
function configFile(text: string): string {
  const file = join(mkdtempSync(join(root, "config-")), "config.yaml");
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

test("a pasted string is connected without a word in the file, and survives an edit of it", async () => {
  const server = await servers.lone("one");
  const start = "# nothing yet\nnodes: {}\n";
  const file = configFile(start);
  await using terminal = watching(["--config", file]);
  await ready(terminal, /no nodes yet: o/);
  terminal.press("o");
  await terminal.until(/no connections yet: N/);
  terminal.press("N");
  await terminal.until(/From a string/);
  terminal.paste(`postgres://monitor:unused-s3cret@127.0.0.1:${server.port}/postgres\n`);
  await terminal.until(new RegExp(`Port +${server.port}`));
  terminal.press("Down");
  terminal.press(..."quick");
  await terminal.until(/❯ +Name +quick/);
  terminal.press("C-o", "y");
  await terminal.until(/● quick +up.*not saved/);
  expect(readFileSync(file, "utf8")).toBe(start);
  expect(terminal.output()).not.toContain("s3cret");

  writeFileSync(file, "refresh: 500ms\nnodes: {}\n");
  await terminal.until(/every 500ms[\s\S]*● quick +up/);
  await until(async () => (await ourBackends(server)).length === 1);
  terminal.press("q");
  expect(await terminal.exited).toEqual({ code: 0, signal: null });
});

test("a node is added, grouped, changed, duplicated and deleted, and the file is what a person would have written", async () => {
  const server = await servers.lone("one");
  const file = configFile("# our databases\nnodes: {}\n");
  const text = () => readFileSync(file, "utf8");
  await using terminal = watching(["--config", file]);
  await ready(terminal, /no nodes yet: o/);
  terminal.press("o");
  await terminal.until(/no connections yet/);

  terminal.press("N");
  await terminal.until(/From a string/);
  terminal.paste(`host=127.0.0.1 port=${server.port} user=monitor dbname=postgres`);
  await terminal.until(new RegExp(`Port +${server.port}`));
  terminal.press("Down");
  terminal.press(..."shop", "C-t");
  await terminal.until(/connect +[\d.]+ ms[\s\S]*version +\d+[\s\S]*logged in as +monitor/);
  terminal.press("C-s", "y");
  await terminal.until(/● shop +up[\s\S]*shop saved in config\.yaml/);
  const entry = (name: string, more = "") =>
    `  ${name}:\n    host: 127.0.0.1\n    port: ${server.port}\n    database: postgres\n    user: monitor\n${more}`;
  expect(text()).toBe(`# our databases\nnodes:\n${entry("shop")}`);

  const sessions = async () => (await ourBackends(server)).map(({ pid }) => pid);
  const before = await until(async () => {
    const pids = await sessions();
    return pids.length === 1 ? pids : null;
  });
  terminal.press("m");
  await terminal.until(/move to group/);
  terminal.press(..."office", "Enter", "y");
  await terminal.until(/▾ office +1\/1 up[\s\S]*● +shop +up[\s\S]*shop is in group office now/);
  expect(text()).toBe(`# our databases\nnodes:\n${entry("shop", "    group: office\n")}`);

  expect(await sessions()).toEqual(before);

  terminal.press("t");
  await terminal.until(/query +[\d.]+ ms[\s\S]*role +primary[\s\S]*missing +pg_signal_backend/);
  terminal.press("Escape");
  await terminal.until(/▾ office +1\/1 up/);

  terminal.press("e");
  await terminal.until(/Change shop/);
  terminal.press(..."-1", "Up", "Up");
  for (let down = 0; down < 12; down++) terminal.press("Down");
  await terminal.until(/❯ +Colour/);
  terminal.press("r", "C-s", "y");
  await terminal.until(/● +shop-1 +up[\s\S]*shop-1 saved in config\.yaml/);
  expect(await sessions()).toEqual(before);
  const first = entry("shop-1", "    group: office\n    colour: red\n");
  expect(text()).toBe(`# our databases\nnodes:\n${first}`);

  terminal.press("y");
  await terminal.until(/New connection[\s\S]*Group +office/);
  terminal.press(..."shop-2", "C-s", "y");
  await terminal.until(/● +shop-2 +up[\s\S]*shop-2 saved/);
  const second = entry("shop-2", "    group: office\n    colour: red\n");
  expect(text()).toBe(`# our databases\nnodes:\n${first}${second}`);

  terminal.press("D");
  await terminal.until(/Delete shop-2\?/);
  terminal.press("Enter");
  await terminal.until(/▾ office +2\/2 up/);
  terminal.press("D");
  await terminal.until(/Delete shop-2\?/);
  terminal.press("y");
  await terminal.until(
    (rows) => !rows.some((row) => /^..● +shop-2/.test(row)) && /shop-2 deleted/.test(rows.join("\n")),
  );
  expect(text()).toBe(`# our databases\nnodes:\n${first}`);

  terminal.press("g", "Down", "D");
  await terminal.until(/Delete shop-1\?/);
  terminal.press("y");
  await terminal.until(/no connections yet[\s\S]*shop-1 deleted/);
  expect(text()).toBe("# our databases\nnodes: {}\n");

  // What the program wrote itself was no news; what somebody else writes is.
  expect(terminal.output()).not.toContain("applied");
  writeFileSync(file, `${text()}refresh: 500ms\n`);
  await terminal.until(/every 500ms[\s\S]*config\.yaml applied/);
  terminal.press("q");
  expect(await terminal.exited).toEqual({ code: 0, signal: null });
});

test("without a config file one is made, and what was watched goes on", async () => {
  const server = await servers.lone("one");
  const home = mkdtempSync(join(root, "home-"));
  const file = join(home, ".config/pgparade/config.yaml");
  await using terminal = watching([refusing], { env: { HOME: home } });
  await ready(terminal, /127\.0\.0\.1/);
  terminal.press("o", "N");
  await terminal.until(/From a string/);
  terminal.paste(`postgres://monitor@127.0.0.1:${server.port}/postgres?application_name=top`);
  terminal.press("Down");
  terminal.press(..."db", "C-s", "y");
  await terminal.until(/✖ 127\.0\.0\.1[\s\S]*● db +up[\s\S]*db saved in config\.yaml/);
  expect(readFileSync(file, "utf8")).toBe(
    `nodes:\n  db: postgresql://monitor@127.0.0.1:${server.port}/postgres?application_name=top\n`,
  );
  expect([statSync(file).mode & 0o777, statSync(dirname(file)).mode & 0o777]).toEqual([0o600, 0o700]);
  writeFileSync(file, `${readFileSync(file, "utf8")}refresh: 500ms\n`);
  await terminal.until(/every 500ms[\s\S]*config\.yaml applied/);
  await terminal.until(/✖ 127\.0\.0\.1[\s\S]*● db +up/);

  // A node of the command line can be left too, and stays away when the file is edited.
  terminal.press("g", "D");
  await terminal.until(/Delete 127\.0\.0\.1:1\?[\s\S]*in no config file/);
  terminal.press("y");
  const isLeft = (rows: string[]) =>
    rows.some((row) => /● db +up/.test(row)) && !/✖ 127/.test(rows.join("\n"));
  await terminal.until(isLeft);
  writeFileSync(file, readFileSync(file, "utf8").replace("500ms", "2s"));
  await terminal.until((rows) => isLeft(rows) && /every 2s/.test(rows[0] ?? ""));
});

test("a file that somebody else changed wrongly is not written, and nothing that was typed is lost", async () => {
  const file = configFile("nodes: {}\n");
  await using terminal = watching(["--config", file]);
  await ready(terminal, /no nodes yet: o/);
  terminal.press("o", "N");
  await terminal.until(/From a string/);
  terminal.paste("host=127.0.0.1 port=1 user=monitor dbname=db");
  await terminal.until(/Port +1/);
  writeFileSync(file, "nodes:\n  a: [\n");
  terminal.press("C-s", "y");
  await terminal.until(/New connection\s+config\.yaml:\d+:\d+: expected/);
  expect(readFileSync(file, "utf8")).toBe("nodes:\n  a: [\n");
  expect((await terminal.screen()).join("\n")).toMatch(/Database +db/);
});

test("a password that was typed logs in, is not lost by saving, and is in the file only when one asks for it", async () => {
  const bootstrap = ["alter role monitor password 's3cret words'"];
  const server = await servers.lone("locked", { bootstrap, password: new Secret("superuser") });
  const file = configFile("nodes: {}\n");
  const text = () => readFileSync(file, "utf8");
  await using terminal = watching(["--config", file]);
  await ready(terminal, /no nodes yet: o/);
  terminal.press("o", "N");
  await terminal.until(/From a string/);
  terminal.paste(`host=127.0.0.1 port=${server.port} user=monitor dbname=db password=wrong`);
  terminal.press("Up", ...Array.from({ length: 4 }, () => "Down"), "C-u", ..."postgres", "C-t");
  await terminal.until(/authentication +password authentication failed[\s\S]*came from what was typed/);
  terminal.press("Down", "Down", "C-u");
  await terminal.until(/❯ +Password [^*]*$/m);
  terminal.paste("s3cret words");
  terminal.press("C-o", "y");
  await terminal.until(/● postgres +up/);
  expect(text()).toBe("nodes: {}\n");

  terminal.press("e");
  await terminal.until(/Change postgres/);
  terminal.press(...Array.from({ length: 6 }, () => "Down"));
  await terminal.until(/❯ +Keep it in +< keyring >/);
  terminal.press("Right");
  await terminal.until(/< this session >/);
  terminal.press("C-s", "y");
  await terminal.until(/● postgres +up[\s\S]*postgres saved in config\.yaml ─/m);
  // Only what was given, and no default.
  expect(text()).toBe(
    `nodes:\n  postgres:\n    host: 127.0.0.1\n    port: ${server.port}\n    database: postgres\n    user: monitor\n`,
  );

  terminal.press("e");
  await terminal.until(/Change postgres[\s\S]*Password +\(stays as it is\)/);
  terminal.press(...Array.from({ length: 5 }, () => "Down"));
  terminal.paste("s3cret words");
  terminal.press("Down", "c", "C-s", "y");
  await terminal.until(/● postgres +up[\s\S]*postgres saved in config\.yaml ─/m);
  await until(() => /^ {4}password: "s3cret words"$/m.test(text()));
  expect(terminal.output()).not.toContain("s3cret");
});

test("beside a chosen cluster, what is saved is watched, also when it is changed again", async () => {
  const server = await servers.lone("one");
  const node = (name: string, user: string) =>
    `  ${name}: { host: 127.0.0.1, port: ${server.port}, user: ${user}, database: postgres }\n`;
  const clusters = "clusters:\n  shop: { nodes: [shop-1], default: true }\n";
  const file = configFile(`nodes:\n${node("shop-1", "monitor")}${clusters}`);
  await using terminal = watching(["--config", file]);
  await ready(terminal, /● shop-1 +primary/);
  terminal.press("o", "y");
  await terminal.until(/New connection[\s\S]*Host +127[\s\S]*Cluster +shop/);
  terminal.press(..."other", ...Array.from({ length: 9 }, () => "Down"), "C-u", "C-s", "y");
  await terminal.until(/● other +up[\s\S]*other saved/);
  terminal.press("e");
  await terminal.until(/Change other/);
  terminal.press("Down", "Down", "Down", "Down", "C-u", ..."bare", "C-s", "y");
  await terminal.until(/\? other +unjudged[\s\S]*other saved/);
  const bare =
    "select 1 from pg_catalog.pg_stat_activity where application_name = 'pgparade' and usename = 'bare'";
  await until(async () => (await server.query(bare)).length > 0);
  expect(readFileSync(file, "utf8")).toBe(
    `nodes:\n${node("shop-1", "monitor")}${node("other", "bare")}${clusters}`,
  );
  terminal.press("D");
  await terminal.until(/Delete other\?/);
  terminal.press("y");
  await terminal.until((rows) => /other deleted/.test(rows.join("\n")) && !/● other/.test(rows.join("\n")));
});

test("a TARGET and what was connected without saving are saved with all that their strings say", async () => {
  const server = await servers.lone("one");
  const session = "connect_timeout=5&keepalives_idle=60&target_session_attrs=any&load_balance_hosts=random";
  const uri = (name: string) =>
    `postgresql://monitor@127.0.0.1:${server.port}/postgres?application_name=${name}&${session}`;
  const file = configFile("");
  await using terminal = watching(["--config", file, uri("target")]);
  await ready(terminal, /● 127\.0\.0\.1/);
  terminal.press("o");
  await terminal.until(/● 127\.0\.0\.1:\d+ +up/);
  terminal.press("e");
  await terminal.until(/Change 127/);
  const ours = "select pid from pg_catalog.pg_stat_activity where application_name = 'target'";
  const before = await server.query(ours);
  terminal.press("C-u", ..."db", "C-s", "y");
  await terminal.until(/● db +up[\s\S]*db saved in config\.yaml/);
  expect(await server.query(ours)).toEqual(before);
  const first = `nodes:\n  db: ${uri("target")}\n`;
  expect(readFileSync(file, "utf8")).toBe(first);

  terminal.press("N");
  await terminal.until(/New connection/);
  terminal.paste(uri("quick"));
  await terminal.until(/User +monitor/);
  terminal.press("Down");
  terminal.press(..."quick", "C-o", "y");
  await terminal.until(/● quick +up.*not saved/);
  terminal.press("e");
  await terminal.until(/Change quick/);
  terminal.press("C-s", "y");
  await terminal.until(/● quick +up[\s\S]*quick saved in config\.yaml/);
  expect(readFileSync(file, "utf8")).toBe(`${first}  quick: ${uri("quick")}\n`);
});

test("a copy that was connected without saving is saved with what no form shows", async () => {
  const server = await servers.lone("one");
  const more = "    pool:\n      max: 1\n    statement_timeout: 3s\n";
  const entry = (name: string) =>
    `  ${name}:\n    host: 127.0.0.1\n    port: ${server.port}\n    database: postgres\n    user: monitor\n${more}`;
  const file = configFile(`nodes:\n${entry("one")}`);
  await using terminal = watching(["--config", file]);
  await ready(terminal, /● one +primary/);
  terminal.press("o", "y");
  await terminal.until(/New connection[\s\S]*Host +127/);
  terminal.press(..."two", "C-o", "y");
  await terminal.until(/● two +up.*not saved/);
  terminal.press("e");
  await terminal.until(/Change two/);
  terminal.press("C-s", "y");
  await terminal.until(/● two +up[\s\S]*two saved in config\.yaml/);
  expect(readFileSync(file, "utf8")).toBe(`nodes:\n${entry("one")}${entry("two")}`);
});
