import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { patroniPrograms, restLogin, startPatroni } from "../../support/discovery/patroni.ts";
import { runProgram } from "../../support/terminal/program.ts";
import { ready, watching } from "../../support/terminal/watching.ts";

const isRequired = process.env["CI"] === "true";
const root = mkdtempSync(join(tmpdir(), "pgparade-patroni-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test.if(isRequired)("patroni, etcd and a server are installed", () => {
  expect(patroniPrograms).not.toBeNull();
});

type Shown = { readonly nodes: readonly { name: string; state: string; rows: Record<string, unknown>[] }[] };

describe.skipIf(patroniPrograms === null)("Patroni (needs patroni, etcd-server, postgresql)", () => {
  test("three members are found from one address, and what is asked of Patroni is followed in place", async () => {
    await using cluster = await startPatroni("orders", ["pg1", "pg2", "pg3"]);
    const roles = await cluster.roles();
    const [before = ""] = Object.keys(roles).filter((name) => roles[name] === "leader");
    const after = before === "pg1" ? "pg2" : "pg1";
    const [one] = cluster.members;
    const file = join(root, "config.yaml");
    const text = `clusters:
  orders:
    actions: all
    discover:
      patroni: ["${one?.rest}"]
      username: ${restLogin.username}
      password_env: PATRONI_PASSWORD
      node: {user: postgres, database: postgres, sslmode: disable}
`;
    writeFileSync(file, text, { mode: 0o600 });

    const printed = await runProgram(["show", "patroni", "--config", file, "--format", "json"]);
    const { nodes }: Shown = JSON.parse(printed.stdout);
    expect([printed.code, printed.stderr]).toEqual([0, ""]);
    expect(nodes.map(({ name, state }) => `${name} ${state}`)).toEqual(
      ["pg1", "pg2", "pg3"].map((name) => `${name} connected`),
    );
    const rows = nodes.flatMap((node) => node.rows);
    expect(Object.fromEntries(rows.map(({ name, role }) => [name, role]))).toEqual(roles);
    for (const row of rows) expect(row).toMatchObject({ paused: false, problems: [] });
    expect(rows.find(({ name }) => name === before)?.["timeline"]).toBe(1);
    expect(rows.map(({ tags }) => tags)).toEqual([[], [], ["nofailover"]]);
    const checked = await runProgram(["check", "--config", file]);
    expect(checked.stdout).toMatch(/pg1 +orders +connected/);

    const env = { XDG_STATE_HOME: join(root, "state"), PATRONI_PASSWORD: restLogin.password };
    await using terminal = watching(["--config", file], { columns: 150, rows: 90, env });
    await ready(terminal, new RegExp(`● ${before} +primary`), 60_000);
    await terminal.until(new RegExp(`● └ ${after} +standby`));
    terminal.press(":patroni", "Enter");
    await terminal.until(new RegExp(`${before} +leader +running`));
    if (after === "pg2") terminal.press("Down");
    const choose = async (name: string, request: RegExp) => {
      terminal.press("O");
      await terminal.until(/patroni-restart/);
      terminal.press(name, "Enter");
      await terminal.until(request);
      terminal.press("y");
    };
    await choose(
      "patroni-switchover",
      new RegExp(`POST ${one?.rest}/switchover[\\s\\S]*{"leader":"${before}","candidate":"${after}"}`),
    );
    await terminal.until(new RegExp(`switched over from ${before} to ${after}`), 60_000);
    await terminal.until(new RegExp(`${after} +leader +running`), 60_000);
    await terminal.until(new RegExp(`${before} +replica +(running|streaming)`), 60_000);
    expect((await cluster.roles())[after]).toBe("leader");

    await choose("patroni-pause", /PATCH .*\/config[\s\S]*{"pause":true}/);
    await terminal.until(/Patroni of orders paused/);
    await terminal.until(new RegExp(`${after} +leader .*yes`));
    await choose("patroni-resume", /PATCH .*\/config[\s\S]*{"pause":null}/);
    await terminal.until(/Patroni of orders resumed/);
    await terminal.until((rows) => !rows.some((row) => /leader .*yes/.test(row)));
    const leader = cluster.members.find(({ name }) => name === after);
    await choose("patroni-restart", new RegExp(`POST ${leader?.rest}/restart`));
    await terminal.until(new RegExp(`PostgreSQL of ${after} restarted`), 60_000);

    terminal.press("End");
    await choose("patroni-reinit", /POST .*\/reinitialize/);
    // A `y` is no answer here: the name is asked for.
    await terminal.until(/Type pg3 to reinitialize: y/);
    terminal.press("Backspace", "pg3", "Enter");
    await terminal.until(/reinitialization of pg3 has begun/, 30_000);
    await terminal.until((rows) => rows.some((row) => /pg3 +replica +(running|streaming)/.test(row)), 60_000);

    // While it is paused nobody takes over by himself.
    await choose("patroni-pause", /PATCH/);
    await terminal.until(new RegExp(`${after} +leader .*yes`));
    leader?.stopServer();
    await terminal.until(new RegExp(`${after} +replica +stopped`), 60_000);
    terminal.press("Home");
    if (before === "pg2") terminal.press("Down");
    await choose("patroni-failover", /POST .*\/failover/);
    await terminal.until(new RegExp(`Type ${before} to fail over: y`));
    terminal.press("Backspace", before, "Enter");
    await terminal.until(new RegExp(`failed over to ${before}`), 60_000);
    await terminal.until(new RegExp(`${before} +leader +running`), 60_000);
    await choose("patroni-resume", /PATCH/);
    await terminal.until(new RegExp(`${after} +replica +(running|streaming)`), 60_000);

    terminal.press(":patroni_history", "Enter");
    await terminal.until(new RegExp(`orders +1 +\\d{4}-\\d\\d-\\d\\d.* ${after} `), 60_000);
    await terminal.until(new RegExp(`orders +2 +\\d{4}-\\d\\d-\\d\\d.* ${before} `), 60_000);
    terminal.press("Escape", "Escape");
    await terminal.until(/NODE +ROLE/);
    await terminal.until(new RegExp(`● ${before} +primary`), 60_000);
    await terminal.until(new RegExp(`${after} +standby`), 60_000);
    terminal.press("E");
    const events = (await terminal.until(new RegExp(`${after} .*was promoted, timeline 2`))).join("\n");
    expect(events).toMatch(new RegExp(`${after} .*switched over from ${before} to ${after} by you`));
    // The nodes are those from before.
    expect(events.match(/discovery: added/g)).toHaveLength(3);
    expect(events).not.toContain("removed");
    terminal.press("q");
    expect(await terminal.exited).toEqual({ code: 0, signal: null });
  }, 240_000);
});
