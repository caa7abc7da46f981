import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { offeredViews } from "../src/views/all.ts";
import { startExampleServer } from "./example-server.ts";
import { root } from "./steps.ts";

/**
 * Writes docs/examples/views.json: what `pgparade show NAME` prints of the demo fleet, or of a server that has what the demo
 * lacks. A view without rows in either keeps the example that it has.
 */

const file = join(root, "docs/examples/views.json");
const lines = 6;
const cells = 150;
const program = [process.execPath, join(root, "src/main.ts")];

const kept: Record<string, readonly string[]> = (await Bun.file(file).exists())
  ? await Bun.file(file).json()
  : {};
const home = await mkdtemp(join(tmpdir(), "pgparade-examples-"));
const env = { ...process.env, HOME: home, TZ: "UTC", XDG_CONFIG_HOME: home };
const demo = Bun.spawn([...program, "demo", "--no-ui", "--incident", "lock-chain"], { env, stdout: "pipe" });
try {
  await using server = await startExampleServer();
  const stock = join(home, "stock.yaml");
  await Bun.write(stock, server.config);
  await chmod(stock, 0o600);
  const fleet = ["--config", await configOf(demo.stdout)];
  // The workload and the incident are there when sessions wait for locks.
  const isStaged = async () => (await shown("locks", ...fleet)).length > 4;
  while (!(await isStaged())) await Bun.sleep(2000);
  const examples: Record<string, readonly string[]> = {};
  for (const { name, sortBy, parent } of offeredViews()) {
    // A tree is in its own order.
    const sort = parent ? [] : [`--sort=${sortBy}`];
    const ofFleet = await shown(name, ...fleet, ...sort);
    const now = ofFleet.length > 1 ? ofFleet : await shown(name, "--config", stock, ...sort);
    const example = now.length > 1 ? now : kept[name];
    if (example) examples[name] = example;
    console.log(`${name}: ${now.length > 1 ? "new" : example ? "kept" : "none"}`);
  }
  await Bun.write(file, `${JSON.stringify(examples, null, 2)}\n`);
} finally {
  demo.kill("SIGINT");
  await demo.exited;
  await rm(home, { recursive: true, force: true });
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
async function shown(name: string, ...more: readonly string[]): Promise<readonly string[]> {
  const command = [...program, "show", name, "--limit", String(lines), ...more];
  const child = Bun.spawn(command, { env, stdout: "pipe", stderr: "ignore" });
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
