import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { offeredViews } from "../src/views/all.ts";
import { start } from "../tests/support/terminal/terminal.ts";
import { startExamplePatroni } from "./example-patroni.ts";
import { startExamplePglogical } from "./example-pglogical.ts";
import { type ExampleServers, startExampleServer } from "./example-server.ts";
import { root } from "./steps.ts";

/**
 * Writes docs/examples/views.json: what `pgparade show NAME` prints of the demo fleet, or of servers that have what the demo
 * lacks. A view without rows in any keeps the example that it has. With names of views it writes those alone.
 */

const file = join(root, "docs/examples/views.json");
const lines = 6;
const cells = 150;
const program = [process.execPath, join(root, "src/main.ts")];
const only = process.argv.slice(2);

const kept: Record<string, readonly string[]> = (await Bun.file(file).exists())
  ? await Bun.file(file).json()
  : {};
const home = await mkdtemp(join(tmpdir(), "pgparade-examples-"));
const env = { ...process.env, HOME: home, TZ: "UTC", XDG_CONFIG_HOME: home, XDG_STATE_HOME: home };

/** What is asked for an example: options of the program, and what its environment has beside. */
type Fleet = { readonly options: readonly string[]; readonly env: Readonly<Record<string, string>> };

await using started = new AsyncDisposableStack();
started.defer(() => rm(home, { recursive: true, force: true }));

/** Servers that are started when the first view asks for them. */
function once<T>(begin: () => Promise<T>): () => Promise<T> {
  let begun: Promise<T> | undefined;
  return () => {
    begun ??= begin();
    return begun;
  };
}

async function watched<T extends ExampleServers>(name: string, servers: T): Promise<Fleet & { servers: T }> {
  started.use(servers);
  const config = join(home, `${name}.yaml`);
  await Bun.write(config, servers.config);
  await chmod(config, 0o600);
  return { options: ["--config", config], env: servers.env, servers };
}

const demo = once(async (): Promise<Fleet> => {
  const child = Bun.spawn([...program, "demo", "--no-ui", "--incident", "lock-chain"], {
    env,
    stdout: "pipe",
  });
  started.defer(async () => {
    child.kill("SIGINT");
    await child.exited;
  });
  const fleet = { options: ["--config", await configOf(child.stdout)], env: {} };
  // The workload and the incident are there when sessions wait for locks.
  while ((await shown("locks", fleet)).length <= 4) await Bun.sleep(2000);
  return fleet;
});
const stock = once(async () => watched("stock", await startExampleServer()));
const pglogical = once(async () => watched("pglogical", await startExamplePglogical()));
const patroni = once(async () => watched("patroni", await startExamplePatroni()));

/** Views whose rows come and go; the first of its fleets that has rows shows any other. */
const staged: Readonly<Record<string, () => Promise<readonly string[]>>> = {
  aio: underWay,
  events: happened,
};

function fleetsOf(name: string): readonly (() => Promise<Fleet>)[] {
  if (name.startsWith("pglogical_")) return [pglogical];
  return name.startsWith("patroni") ? [patroni] : [demo, stock];
}

async function exampleOf(name: string, sort: readonly string[]): Promise<readonly string[]> {
  const stage = staged[name];
  if (stage) return stage();
  for (const fleet of fleetsOf(name)) {
    const table = await shown(name, await fleet(), ...sort);
    if (table.length > 1) return table;
  }
  return [];
}

const examples: Record<string, readonly string[]> = {};
for (const { name, sortBy, parent } of offeredViews()) {
  const isWanted = only.length === 0 || only.includes(name);
  // A tree is in its own order.
  const now = isWanted ? await exampleOf(name, parent ? [] : [`--sort=${sortBy}`]) : [];
  const example = now.length > 1 ? now : kept[name];
  if (example) examples[name] = example;
  if (isWanted) console.log(`${name}: ${now.length > 1 ? "new" : example ? "kept" : "none"}`);
}
await Bun.write(file, `${JSON.stringify(examples, null, 2)}\n`);

/** Reads that are under way while no I/O worker gets on with them. */
async function underWay(): Promise<readonly string[]> {
  const fleet = await stock();
  const { server } = fleet.servers;
  const rows = "select repeat('x', 1000) as t from pg_catalog.generate_series(1, 20000)";
  await server.query(`create table public.large as ${rows}`);
  // What a session reads at its login is in memory from then on.
  await shown("aio", fleet);
  const workers = await server.query<{ pid: number }>(
    "select pid from pg_catalog.pg_stat_activity where backend_type = 'io worker'",
  );
  const signal = (name: NodeJS.Signals) => {
    for (const { pid } of workers) process.kill(pid, name);
  };
  signal("SIGSTOP");
  try {
    const counted = server.query("select pg_catalog.count(*) from public.large");
    const table = await shown("aio", fleet, "--sort=-length");
    signal("SIGCONT");
    await counted;
    return table;
  } finally {
    signal("SIGCONT");
  }
}

/** What the screen saw happen: a setting that was changed, and a restart. Only what runs for a while sees any. */
async function happened(): Promise<readonly string[]> {
  const fleet = await stock();
  const { server } = fleet.servers;
  await using terminal = start([...program, ...fleet.options], { columns: cells, rows: 40, env });
  await terminal.until(/stock +primary/);
  await terminal.readsKeys();
  terminal.press(":settings", "Enter");
  await terminal.until(/work_mem/);
  await server.query("alter system set work_mem = '16MB'");
  await server.query("select pg_catalog.pg_reload_conf()");
  await terminal.until(/work_mem +16MB/, 60_000);
  terminal.press(":events", "Enter");
  await terminal.until(/work_mem is 16MB/, 60_000);
  await server.stop();
  await terminal.until(/critical/, 60_000);
  await server.start();
  const screen = await terminal.until(/restarted/, 60_000);
  terminal.press("q");
  await terminal.exited;
  const heading = screen.findIndex((line) => /TIME.* KIND/.test(line));
  const table = screen.slice(heading, heading + lines + 1).filter((line) => line.trim() !== "");
  return ["$ pgparade, then :events", ...table.map((line) => line.slice(1).trimEnd())];
}

/** The path of the config file, which the demo prints once its fleet is up. */
async function configOf(stdout: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of stdout) {
    text += new TextDecoder().decode(chunk);
    const path = /\S+\/config\.yaml/.exec(text)?.[0];
    if (path !== undefined) return path;
  }
  throw new Error(`the demo ended: ${text}`);
}

/** The first lines of a view's table, without what each node lacks below it. */
async function shown(name: string, fleet: Fleet, ...more: readonly string[]): Promise<readonly string[]> {
  const command = [...program, "show", name, "--limit", String(lines), ...fleet.options, ...more];
  const child = Bun.spawn(command, { env: { ...env, ...fleet.env }, stdout: "pipe", stderr: "ignore" });
  const printed = await new Response(child.stdout).text();
  // As long as the folders of the demo, so that columns stay where they are.
  const text = printed.replace(/\/tmp\/pgparade-(test|demo)-\w{6}/g, "/var/lib/postgresql/data1");
  // Below the rows, or instead of them, stands what a node lacks: "db-1: needs 16".
  const table = text
    .split("\n")
    .slice(0, lines + 1)
    .filter((line) => line !== "" && !/^\S+: /.test(line));
  return table.map((line) => (line.length > cells ? `${line.slice(0, cells - 1)}…` : line));
}
