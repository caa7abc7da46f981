import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";
import { ready, watching } from "../../support/terminal/watching.ts";

const servers = serversForTests();
const root = mkdtempSync(join(tmpdir(), "pgparade-rules-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const node = (name: string, { port }: ThrowawayServer) =>
  `  ${name}: {host: 127.0.0.1, port: ${port}, user: monitor, database: postgres, sslmode: disable}\n`;

const own = `views:
  queue:
    sql: select name, behind, state from jobs.queues
    columns: { name: text, behind: seconds, state: text }
    key: name
    every: 1s
rules:
  queue_behind:
    view: queue
    column: behind
    when: above
    warning: 30s
    critical: 5min
    message: queue {name} is behind
    nodes: db
  queue_state:
    view: queue
    column: state
    when: is_not
    value: ok
    nodes: db
`;

async function started() {
  const [db, other] = [await servers.lone("one"), await servers.lone("two")];
  await db.query("create schema if not exists jobs");
  await db.query("drop table if exists jobs.queues");
  await db.query("create table jobs.queues (name text, behind float8, state text)");
  await db.query(
    "insert into jobs.queues values ('mail', 4, 'ok'), ('bills', 400, 'ok'), ('none', null, null)",
  );
  await db.query("grant usage on schema jobs to public");
  await db.query("grant select on jobs.queues to public");
  return { db, other, nodes: `nodes:\n${node("db", db)}${node("other", other)}` };
}

test("a rule of the config is judged by check and show alerts, on the nodes that it is for", async () => {
  const { db, nodes } = await started();
  const file = join(root, "check.yaml");
  const save = (text: string) => writeFileSync(file, text, { mode: 0o600 });
  save(nodes + own);
  const check = async (...args: string[]) => {
    const { code, stdout, stderr } = await runProgram([
      "check",
      "--config",
      file,
      "--format",
      "json",
      ...args,
    ]);
    return { code, stderr, nodes: stdout === "" ? [] : JSON.parse(stdout).nodes };
  };
  const bad = await check("--rule", "queue_behind,queue_state");
  expect(bad.code).toBe(2);
  expect(bad.nodes[0]).toMatchObject({
    ...{ name: "db", status: "critical", unknown: [] },
    alerts: [
      {
        ...{ rule: "queue_behind", severity: "critical", subject_kind: "row", subject: "bills" },
        text: "queue bills is behind 6m > 5m",
      },
    ],
  });
  // There is no such table there, and nobody asks for it.
  expect(bad.nodes[1]).toMatchObject({ name: "other", status: "ok", alerts: [], unknown: [] });
  expect((await check("--rule", "queue_behnd")).stderr).toContain("did you mean queue_behind?");

  const alerts = JSON.parse(
    (await runProgram(["show", "alerts", "--config", file, "--format", "json"])).stdout,
  );
  expect(alerts.nodes[0].rows).toMatchObject([{ rule: "queue_behind", view: "queue", subject: "bills" }]);

  await db.query("update jobs.queues set behind = 60, state = 'stuck' where name = 'bills'");
  const mild = await check("--rule", "queue_behind,queue_state");
  expect(mild.code).toBe(1);
  expect(mild.nodes[0].alerts.map(({ rule }: { rule: string }) => rule).sort()).toEqual([
    ...["queue_behind", "queue_state"],
  ]);
  save(
    `${nodes}${own}thresholds: { queue_behind: { warning: 10min, critical: off }, queue_state: { warning: off } }\n`,
  );
  expect((await check("--rule", "queue_behind,queue_state")).code).toBe(0);
  const said = await runProgram(["config", "show", "--config", file]);
  expect(said.stdout).toEndWith(`
view queue: every 1s, of any node, once a server
rule queue_behind: of queue, warning 30s, critical 5min, for 0s
rule queue_state: of queue, warning on, critical off, for 0s
`);
  const listed = await runProgram(["config", "show", "--config", file, "--format", "json"]);
  expect(JSON.parse(listed.stdout).filter((entry: object) => !("name" in entry))).toEqual([
    { view: "queue", every: "1s", runs_on: "any", scope: "server" },
    { rule: "queue_behind", views: ["queue"], warning: "30s", critical: "5min", for: "0s" },
    { rule: "queue_state", views: ["queue"], warning: "on", critical: "off", for: "0s" },
  ]);
  // A view that is not answered leaves its rules without a value.
  save(nodes + own.replaceAll("jobs.queues", "jobs.gone"));
  const gone = await check("--rule", "queue_behind");
  expect(gone.code).toBe(3);
  expect(gone.nodes[0].unknown[0].rules).toEqual(["queue_behind"]);
});

const named = `views:
  due:
    sql: select name, behind as left from jobs.queues where name is not null
    columns: { name: text, left: { kind: seconds, warning: 1min, critical: 30s } }
    key: name
rules:
  due_soon: { view: due, column: left, when: below, warning: 1min }
  nearly_full: { view: sequences, column: used, when: above, warning: 80% }
`;

test("an alert without a message names its row as the view does, with the view's figures, overdue ones too", async () => {
  const { db, nodes } = await started();
  await db.query("update jobs.queues set behind = -400 where name = 'bills'");
  await db.query("drop sequence if exists jobs.orders");
  await db.query("create sequence jobs.orders maxvalue 1000");
  await db.query("grant select on sequence jobs.orders to public");
  await db.query("select setval('jobs.orders', 868)");
  const file = join(root, "named.yaml");
  writeFileSync(file, nodes.replace(/ +other:.*\n/, "") + named, { mode: 0o600 });
  const args = ["--config", file];
  const check = await runProgram(["check", "--format", "json", "--rule", "due_soon,nearly_full", ...args]);
  expect(check.stderr).toBe("");
  const alerts = JSON.parse(check.stdout).nodes[0].alerts as { subject: string; text: string }[];
  expect(alerts.map(({ subject, text }) => [subject, text]).sort()).toEqual([
    ["bills", "due bills: left -6m < 1m"],
    ["mail", "due mail: left 4s < 1m"],
    ["postgres jobs.orders", "sequences postgres jobs.orders: used 86.8% > 80%"],
  ]);
  const due = await runProgram(["show", "due", "--format", "json", ...args]);
  expect(JSON.parse(due.stdout).nodes[0].rows).toContainEqual({ name: "bills", left: -400 });
  expect((await runProgram(["show", "due", ...args])).stdout).toMatch(/bills +-6:40/);
  await db.query("drop sequence jobs.orders");
});

const concluded = `rules:
  unused:
    view: unused_indexes
    column: index_bytes
    when: above
    warning: 1kB
    where: verdict:unused
    message: nothing reads {indexrelname} of
    nodes: db
  logged:
    view: log
    column: error_severity
    when: is
    value: ERROR
    where: sqlstate:22012
    message: "{message}"
`;

test("a rule over a view that follows from others is judged by what all nodes say", async () => {
  const settings = { logging_collector: "on", log_destination: "csvlog" };
  const { primary, standbys } = await servers.cluster("concluded", 1, { settings });
  const [standby] = standbys;
  if (!standby) throw new Error("no standby");
  await primary.query("create table looked (a int, b int)");
  await primary.query("create index idle on looked (a)");
  await primary.query("create index read on looked (b)");
  await primary.query("insert into looked select n, n from generate_series(1, 5000) as n");
  // Until then they are new.
  await primary.query("checkpoint");
  await until(async () => (await standby.query("select from looked limit 1")).length === 1);
  await standby.query("set enable_seqscan = off; select from looked where b = 1");
  await primary.query("select 1 / 0").catch(() => {});
  const file = join(root, "concluded.yaml");
  const admin = (name: string, server: ThrowawayServer) => node(name, server).replace("monitor", "postgres");
  const nodes = `nodes:\n${admin("db", primary)}${admin("copy", standby)}`;
  writeFileSync(file, nodes + concluded, { mode: 0o600 });
  const check = async () => {
    const args = ["check", "--config", file, "--format", "json", "--rule", "unused,logged"];
    const { code, stdout } = await runProgram(args);
    return { code, nodes: JSON.parse(stdout).nodes };
  };
  const seen = await until(async () => {
    const { code, nodes: judged } = await check();
    return judged[0].alerts.length === 2 && { code, judged };
  });
  expect(seen.code).toBe(1);
  const texts = seen.judged[0].alerts.map(({ text }: { text: string }) => text).sort();
  expect(texts).toEqual(["division by zero", expect.stringMatching(/^nothing reads idle of .*kB > 1/)]);
  // The index that only the standby reads is not unused, and nothing is said of the standby.
  expect(seen.judged[1]).toMatchObject({ name: "copy", alerts: [], unknown: [] });
  const shown = await runProgram(["show", "alerts", "--config", file, "--format", "json"]);
  const rules = JSON.parse(shown.stdout).nodes[0].rows.map(({ rule }: { rule: string }) => rule);
  expect(rules).toEqual(expect.arrayContaining(["unused", "logged"]));

  await using terminal = watching(["--config", file]);
  await ready(terminal, /● (└ )?copy +standby/);
  terminal.press("!");
  await terminal.until(/unused +.*nothing reads idle of/, 60_000);
  await terminal.until(/logged +.*division by zero/, 60_000);
  terminal.press("q");
  await terminal.exited;
});

test("it marks the fleet, leads to its row, and follows an edit", async () => {
  const { nodes } = await started();
  const file = join(root, "screen.yaml");
  const save = (text: string) => writeFileSync(file, text, { mode: 0o600 });
  save(nodes + own.replace("    critical: 5min\n", ""));
  await using terminal = watching(["--config", file]);
  await ready(terminal, /● other +primary/);
  terminal.press("!");
  await terminal.until(/queue_behind +bills +queue bills is behind 6m > 30s/, 45_000);
  terminal.press("\r");
  await terminal.until(/queue[\s\S]*❯bills +6:40/);
  terminal.press("\u001b");
  // A key right behind Escape would be one with Alt.
  await terminal.until(/queue_behind +bills/);
  save(nodes);
  await terminal.until((rows) => !rows.some((row) => /queue_behind/.test(row)));
  terminal.press("q");
  expect(await terminal.exited).toEqual({ code: 0, signal: null });
});
