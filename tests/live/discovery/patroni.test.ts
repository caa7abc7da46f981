import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { patroniPrograms, startPatroni } from "../../support/discovery/patroni.ts";
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
  test("three members are found from one address, and a switchover is followed in place", async () => {
    await using cluster = await startPatroni("orders", ["pg1", "pg2", "pg3"]);
    const roles = await cluster.roles();
    const [before = ""] = Object.keys(roles).filter((name) => roles[name] === "leader");
    const after = before === "pg1" ? "pg2" : "pg1";
    const [one] = cluster.members;
    const file = join(root, "config.yaml");
    const text = `clusters:
  orders:
    discover:
      patroni: ["${one?.rest}"]
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

    await using terminal = watching(["--config", file], { columns: 150 });
    await ready(terminal, new RegExp(`● ${before} +primary`), 60_000);
    await terminal.until(new RegExp(`● └ ${after} +standby`));
    await cluster.switchover(before, after);
    await terminal.until(new RegExp(`● ${after} +primary`));
    await terminal.until(new RegExp(`● └ ${before} +standby`));
    terminal.press("E");
    await terminal.until(new RegExp(`${after} .*was promoted, timeline 2`));
    terminal.press("Escape");
    await terminal.until(/NODE +ROLE/);
    terminal.press(":patroni", "Enter");
    // Patroni is asked every 10 s.
    await terminal.until(new RegExp(`${after} +leader +running`), 60_000);
    await terminal.until(new RegExp(`${before} +replica`), 60_000);
    terminal.press("q");
    expect(await terminal.exited).toEqual({ code: 0, signal: null });
  }, 240_000);
});
