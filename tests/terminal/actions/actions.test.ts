import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { signalRoles } from "../../support/actions/acting.ts";
import { victim } from "../../support/actions/victim.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import type { Terminal } from "../../support/terminal/terminal.ts";
import { ready, watching } from "../../support/terminal/watching.ts";

const servers = serversForTests({ settings: { log_statement: "all" } });
const home = mkdtempSync(join(tmpdir(), "pgparade-actions-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const lone = () => servers.lone("acted", { bootstrap: signalRoles });
let run = 0;

/** The program with these options of the node, and where its audit file is. */
async function watchingIt(options: string, args: readonly string[] = []) {
  const server = await lone();
  run += 1;
  const state = join(home, `state-${run}`);
  const config = join(home, `config-${run}.yaml`);
  const at = `host: 127.0.0.1, port: ${server.port}, user: guard, database: postgres, sslmode: disable`;
  const clusters = "clusters: { shop: { nodes: [orders-1] } }\n";
  writeFileSync(config, `nodes:\n  orders-1: { ${at}${options} }\n${clusters}`, { mode: 0o600 });
  const terminal = watching(["--config", config, ...args], {
    columns: 120,
    rows: 30,
    env: { XDG_STATE_HOME: state },
  });
  await ready(terminal, /● orders-1/);
  return { server, terminal, config, audit: join(state, "pgparade", "audit.jsonl") };
}

async function atActivity(terminal: Terminal): Promise<void> {
  terminal.press("a");
  await terminal.until(/pg_sleep/);
}

const signalsIn = (log: string) => [...readFileSync(log, "utf8").matchAll(/s\.verdict/g)].length;

const linesIn = (audit: string) => readFileSync(audit, "utf8").trimEnd().split("\n");
const outcomesIn = (audit: string) => linesIn(audit).map((line) => JSON.parse(line).outcome);

describe("from the activity view", () => {
  test("K, the dialog and y end the session, and the audit file says who did it", async () => {
    const { server, terminal, audit } = await watchingIt("");
    await using screen = terminal;
    await using session = await victim(server, "bare");
    const { ended } = await session.sleeps();
    await atActivity(screen);
    screen.press("K");
    const rows = await screen.until(/Terminate this session\?/);
    const dialog = rows.join("\n");
    for (const part of ["shop", "orders-1 (primary)", String(session.pid), "bare", "127.0.0.1", "pg_sleep"])
      expect(dialog).toContain(part);
    expect(dialog).toMatch(/statement \d/);
    screen.press("y");
    await screen.until(/pid \d+.* of bare ended/);
    expect(await ended).toBe("57P01");
    expect(await session.isThere()).toBe(false);
    await screen.until((shown) => !/pg_sleep|Terminate this/.test(shown.join("\n")));
    screen.press(":", "events");
    await screen.until(/Events/i);
    screen.press("Enter");
    await screen.until(new RegExp(`action.*pid ${session.pid} of bare terminated by you`));
    expect(statSync(audit).mode & 0o777).toBe(0o600);
    expect(outcomesIn(audit)).toEqual([null, "done"]);
    expect(JSON.parse(linesIn(audit)[1] ?? "")).toMatchObject({
      node: "orders-1",
      action: "terminate",
      database_role: "guard",
      targets: [{ pid: session.pid, user: "bare" }],
    });
  });

  test("a y that was typed with K ends nothing, and one that follows the dialog does", async () => {
    const { server, terminal } = await watchingIt("");
    await using screen = terminal;
    await using session = await victim(server, "bare");
    const { ended } = await session.sleeps();
    await atActivity(screen);
    const before = signalsIn(server.logFile);
    screen.press("K", "y");
    const shown = await screen.until(/does not count/);
    expect(shown.join("\n")).toContain("Terminate this session?");
    expect(signalsIn(server.logFile)).toBe(before);
    screen.press("y");
    expect(await ended).toBe("57P01");
  });

  test("every key but y is a no", async () => {
    const { server, terminal } = await watchingIt("");
    await using screen = terminal;
    await using session = await victim(server, "bare");
    await session.sleeps();
    await atActivity(screen);
    const before = signalsIn(server.logFile);
    for (const key of ["Escape", "Enter", "n", "K", "Y"]) {
      screen.press("K");
      await screen.until(/Terminate this session\?/);
      screen.press(key);
      await screen.until((shown) => !/Terminate this/.test(shown.join("\n")));
    }
    expect(await session.isThere()).toBe(true);
    expect(signalsIn(server.logFile)).toBe(before);
  });

  test("on production the node's name has to be typed", async () => {
    const { server, terminal } = await watchingIt(", production: true");
    await using screen = terminal;
    await using session = await victim(server, "bare");
    await session.sleeps();
    await atActivity(screen);
    screen.press("C");
    await screen.until(/Type orders-1 to cancel/);
    screen.press("y", "Enter");
    await screen.until(/the name is wrong/);
    expect(await session.isThere()).toBe(true);
    screen.press("C-u", "orders-1", "Enter");
    await screen.until(/of bare cancelled/);
    expect(await session.isThere()).toBe(true);
  });

  test("marks end many sessions, and a cancel by filter shows the list first", async () => {
    const { server, terminal, audit } = await watchingIt("");
    await using screen = terminal;
    const sessions = await Promise.all([1, 2, 3].map(() => victim(server, "bare")));
    for (const session of sessions) await session.sleeps();
    await using superusers = await victim(server);
    await superusers.sleeps();
    await atActivity(screen);
    screen.press("/", "pg_sleep", "Enter", "X");
    await screen.until(/4 marked/);
    screen.press("C");
    const list = (await screen.until(/Cancel the statements of these 4 sessions\?/)).join("\n");
    for (const { pid } of [...sessions, superusers]) expect(list).toContain(String(pid));
    screen.press("y");
    const result = (await screen.until(/3 cancelled, 1 not permitted|1 not permitted, 3 cancelled/)).join(
      "\n",
    );
    expect(result).toContain("a superuser's session needs a superuser");
    expect(linesIn(audit)).toHaveLength(8);
    for (const session of sessions) await session[Symbol.asyncDispose]();
  });
});

describe("a user who quits after y", () => {
  test("is told that the outcomes are waited for, and the audit file has all of them", async () => {
    const { server, terminal, audit } = await watchingIt("");
    await using screen = terminal;
    const sessions = await Promise.all(Array.from({ length: 8 }, () => victim(server, "bare")));
    for (const session of sessions) await session.sleeps();
    await atActivity(screen);
    screen.press("/", "pg_sleep", "Enter", "X", "K");
    await screen.until(/Terminate these 8 sessions\?/);
    screen.press("y", "C-c");
    expect(await screen.exited).toEqual({ code: 0, signal: null });
    expect(screen.output()).toMatch(/waits up to 5 s for the outcome of \d+ action/);
    expect(screen.leftBehind()).toEqual([]);
    const outcomes = outcomesIn(audit);
    expect(outcomes.filter((outcome) => outcome === null)).toHaveLength(8);
    expect(outcomes.filter((outcome) => outcome === "done")).toHaveLength(8);
    for (const session of sessions) await session[Symbol.asyncDispose]();
  });

  test.each(["5 s", "Ctrl-C"])(
    "reads of a session that does not end within %s that its outcome is unknown",
    async (end) => {
      const { server, terminal, audit } = await watchingIt("");
      await using screen = terminal;
      await using session = await victim(server, "bare");
      await session.sleeps();
      process.kill(session.pid, "SIGSTOP");
      try {
        await atActivity(screen);
        screen.press("K");
        await screen.until(/Terminate this session\?/);
        const before = signalsIn(server.logFile);
        screen.press("y");
        // The audit file is there before its line is on the disk, and until then nothing is sent.
        await until(() => signalsIn(server.logFile) > before);
        screen.press("C-c");
        await screen.until(() => screen.output().includes("Ctrl-C ends the wait"));
        if (end === "Ctrl-C") screen.press("C-c");
        expect(await screen.exited).toEqual({ code: 0, signal: null });
        expect(screen.output()).toContain(
          `quits without the outcome of 1 action: ${audit} has what was sent`,
        );
        expect(outcomesIn(audit)).toEqual([null, "unknown"]);
      } finally {
        process.kill(session.pid, "SIGCONT");
      }
    },
  );
});

test("from the locks K ends the root of a chain, and all that waited for it go on", async () => {
  const { server, terminal } = await watchingIt("");
  await using screen = terminal;
  await server.query("create table public.stock (item int)");
  await server.query("grant all on public.stock to bare");
  await using root = await victim(server, "bare");
  await root.client.query("begin; lock table public.stock");
  await using one = await victim(server, "bare");
  await using two = await victim(server, "bare");
  const waiting = Promise.all(
    [one, two].map(({ client }) => client.query("begin; lock table public.stock; commit")),
  );
  screen.press(":", "locks");
  await screen.until(/Locks/i);
  screen.press("Enter");
  await screen.until((rows) => rows.some((row) => row.startsWith("❯") && row.includes(String(root.pid))));
  screen.press("K");
  const dialog = (await screen.until(/Terminate this session\?/)).join("\n");
  expect(dialog).toContain(`pid ${root.pid}`);
  screen.press("y");
  await screen.until(/of bare ended/);
  await waiting;
  expect(await root.isThere()).toBe(false);
  expect([await one.isThere(), await two.isThere()]).toEqual([true, true]);
});

describe("no action is sent, the header says so and the key says why", () => {
  test.each<[string, string, readonly string[], RegExp]>([
    ["with --read-only", "", ["--read-only"], /started with --read-only/],
    ["with actions: none", ", actions: none", [], /actions: none/],
  ])("%s", async (_, options, args, why) => {
    const { server, terminal } = await watchingIt(options, args);
    await using screen = terminal;
    await using session = await victim(server, "bare");
    await session.sleeps();
    await atActivity(screen);
    const before = signalsIn(server.logFile);
    screen.press("K");
    await screen.until(why);
    expect((await screen.screen())[0]).toMatch(/read-only|no actions/);
    screen.press("y", "C");
    await screen.until(why);
    expect(await session.isThere()).toBe(true);
    expect(signalsIn(server.logFile)).toBe(before);
  });

  test("with an edit of the config while the question stands there", async () => {
    const { server, terminal, config } = await watchingIt("");
    await using screen = terminal;
    await using session = await victim(server, "bare");
    await session.sleeps();
    await atActivity(screen);
    const before = signalsIn(server.logFile);
    screen.press("K");
    await screen.until(/Terminate this session\?/);
    writeFileSync(config, `defaults: { actions: none }\n${readFileSync(config, "utf8")}`, { mode: 0o600 });
    await screen.until(/no actions/);
    screen.press("y");
    await screen.until(/not sent: the config says actions: none/);
    expect(await session.isThere()).toBe(true);
    expect(signalsIn(server.logFile)).toBe(before);
  });

  test("with an edit that makes the node production meanwhile, until its name is typed", async () => {
    const { server, terminal, config } = await watchingIt("");
    await using screen = terminal;
    await using session = await victim(server, "bare");
    const { ended } = await session.sleeps();
    await atActivity(screen);
    const before = signalsIn(server.logFile);
    screen.press("K");
    await screen.until(/Terminate this session\?/);
    const text = readFileSync(config, "utf8").replace("user: guard", "user: guard, production: true");
    writeFileSync(config, text, { mode: 0o600 });
    await screen.until((rows) => /production/.test(rows[0] ?? ""));
    screen.press("y");
    await screen.until(/it is production now, nothing was sent: type orders-1/);
    expect(signalsIn(server.logFile)).toBe(before);
    screen.press("orders-1", "Enter");
    expect(await ended).toBe("57P01");
  });

  test("with the switch on screen, which allows them again", async () => {
    const { server, terminal } = await watchingIt("");
    await using screen = terminal;
    await using session = await victim(server, "bare");
    await session.sleeps();
    await atActivity(screen);
    screen.press(":", "read-only");
    await screen.until(/read-only/);
    screen.press("Enter");
    await screen.until((rows) => /read-only/.test(rows[0] ?? ""));
    screen.press("K");
    await screen.until(/you switched it on/);
    screen.press(":", "read-only");
    screen.press("Enter");
    await screen.until((rows) => !/read-only/.test(rows[0] ?? ""));
    screen.press("K");
    await screen.until(/Terminate this session\?/);
    expect(await until(() => session.isThere())).toBe(true);
  });
});
