import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { isRuleOf } from "../../support/screens/rule.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { hasTmux, TmuxPane } from "../../support/terminal/tmux.ts";

const servers = serversForTests();
const clients: pg.Client[] = [];
afterAll(() => Promise.all(clients.map((client) => client.end().catch(() => {}))));

const main = `${import.meta.dir}/../../../src/main.ts`;
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
const names = [
  "shop",
  "हिन्दी_बिक्री",
  "தமிழ்_கடை",
  "বাংলা",
  "ร้านค้าน้ำ",
  "한글",
  "🇩🇪🇫🇷",
  "👍🏽👍🏿",
  "का".repeat(10),
  "\u093e".repeat(20),
];

/** A session in a database of each of these names, each of which runs something. */
async function sessionsIn(databases: readonly string[]) {
  const server = await servers.lone("names");
  const reach = { host: "127.0.0.1", port: server.port, user: "postgres" };
  for (const [at, database] of databases.entries()) {
    await server.query(`create database ${quoted(database)}`);
    const client = new pg.Client({ ...reach, database, application_name: `web-${at}` });
    client.on("error", () => {});
    await client.connect();
    clients.push(client);
    client.query(`select '${database}', pg_catalog.pg_sleep(600)`).catch(() => {});
  }
  return server.port;
}

let made: Promise<number> | undefined;
function sessions(): Promise<number> {
  made ??= sessionsIn(names);
  return made;
}

type Marked = {
  readonly columns: number;
  readonly rows: number;
  /** What stands in the column behind the names, in so many rows. */
  readonly mark: string;
  readonly count: number;
};

/** Waits until the header, the rules and that column are where they belong: tmux also tells of half a frame. */
async function inPlace(
  pane: TmuxPane,
  isShown: (rows: readonly string[]) => boolean,
  { columns, rows: height, mark, count }: Marked,
): Promise<void> {
  await until(async () => {
    const rows = await pane.until(isShown);
    expect(rows[0]).toContain("pgparade");
    for (const rule of [1, height - 2]) expect(isRuleOf(columns, rows[rule])).toBe(true);
    const starts = await pane.places(mark);
    expect(starts).toHaveLength(count);
    expect([...new Set(starts.map(({ column }) => column))]).toHaveLength(1);
    return true;
  });
}

describe("names that terminals measure differently, in a real tmux", () => {
  test.skipIf(!hasTmux).each([80, 100, 130, 200])(
    "keep the columns behind them at %d columns",
    async (columns) => {
      const port = await sessions();
      const target = `host=127.0.0.1 port=${port} user=postgres dbname=postgres sslmode=disable`;
      // No line is free, where the statement under the cursor would stand once more.
      const size = { columns, rows: names.length + 6 };
      await using pane = await TmuxPane.open([process.execPath, main, target], size);
      await pane.until((rows) => rows.some((row) => /● 127\.0\.0\.1:\d+ +primary/.test(row)));
      await pane.press("a");
      const isShown = (rows: readonly string[]) =>
        rows.filter((row) => row.includes("select '")).length === names.length;
      await pane.until(isShown);
      const check = () => inPlace(pane, isShown, { ...size, mark: "select '", count: names.length });
      await check();
      // The cursor moves, columns change their order of rows, and rows are repainted in part.
      for (const key of ["j", "j", "j", ">", "R", "<", "<", "k", "G"]) {
        await pane.press(key);
        await check();
      }
      await pane.press("q");
    },
  );

  const nodes = [...names, "👩‍👩‍👧‍👦x", `e${"\u0301".repeat(8)}`, "\u1100\u1161\u11a8", "1️⃣", "☠️", "ﷺ", "𒐫"];

  test.skipIf(!hasTmux).each([80, 140])(
    "keep them in place where nodes and clusters are called so, at %d columns",
    async (columns) => {
      const port = await sessions();
      const folder = mkdtempSync(join(tmpdir(), "pgparade-names-"));
      const file = join(folder, "fleet.yaml");
      const node = `host=127.0.0.1 port=${port} user=postgres dbname=postgres sslmode=disable`;
      const config = {
        nodes: Object.fromEntries(nodes.map((name) => [name, node])),
        clusters: {
          [`हिन्दी${"का".repeat(20)}`]: { nodes: nodes.slice(0, 8) },
          ["👍🏽".repeat(9)]: { nodes: nodes.slice(8) },
        },
      };
      writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
      const size = { columns, rows: 30 };
      await using pane = await TmuxPane.open([process.execPath, main, "--config", file], size);
      const isShown = (rows: readonly string[]) =>
        rows.filter((row) => row.includes("primary")).length === nodes.length;
      for (const key of ["g", "j", "G", "k"]) {
        await pane.press(key);
        await inPlace(pane, isShown, { ...size, mark: "primary", count: nodes.length });
      }
      await pane.press("q");
      rmSync(folder, { recursive: true });
    },
  );
});
