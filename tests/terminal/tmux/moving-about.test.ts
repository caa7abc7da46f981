import { expect, test } from "bun:test";
import { serversForTests } from "../../support/servers/servers.ts";
import { hasTmux, TmuxPane } from "../../support/terminal/tmux.ts";

const servers = serversForTests();
const main = `${import.meta.dir}/../../../src/main.ts`;

/** The program on two nodes, in a real tmux. */
async function pane(size: { columns: number; rows: number }): Promise<TmuxPane> {
  const [a, b] = await Promise.all([servers.lone("moving-a"), servers.lone("moving-b")]);
  const targets = [a, b].map(
    ({ port }) => `host=127.0.0.1 port=${port} user=postgres dbname=postgres sslmode=disable`,
  );
  const opened = await TmuxPane.open([process.execPath, main, ...targets], size);
  await opened.until((rows) => rows.filter((row) => /● .*primary/.test(row)).length === 2);
  return opened;
}

const includes = (text: string | RegExp) => (rows: readonly string[]) =>
  rows.some((row) => (typeof text === "string" ? row.includes(text) : text.test(row)));

test.skipIf(!hasTmux).each([
  { columns: 80, rows: 24 },
  { columns: 100, rows: 30 },
  { columns: 200, rows: 50 },
])(
  "at $columns x $rows views have names, keys stay in the footer, and places are gone back to",
  async (size) => {
    await using shown = await pane(size);
    expect((await shown.rows())[1]).toContain("[fleet]");
    await shown.press("j", "a");
    await shown.until((rows) => /activity\]/.test(rows[1] ?? "") && includes(/▸ activity/)(rows));
    await shown.press("Tab");
    await shown.until((rows) => !/activity\]/.test(rows[1] ?? ""));
    await shown.press("[");
    await shown.until((rows) => /activity\]/.test(rows[1] ?? ""));
    await shown.press(">");
    const sorted = await shown.until((rows) => /sorted by .* first/.test(rows.at(-2) ?? ""));
    expect(sorted.at(-1)).toContain("? help  q quit");
    await shown.press(":");
    await shown.until(includes("go"));
    await shown.press(..."replication all".split(""), "Enter");
    await shown.until((rows) => /all nodes ▸ replication/.test(rows[0] ?? ""));
    await shown.press("?");
    await shown.until(includes("NAVIGATION"));
    await shown.press("Escape");
    await shown.press("q");
  },
);

test.skipIf(!hasTmux)("Ctrl-L draws the screen again after another program wrote over it", async () => {
  await using shown = await pane({ columns: 80, rows: 24 });
  await shown.wipe();
  await shown.until((rows) => !includes("ROLE")(rows));
  await shown.press("C-l");
  const rows = await shown.until(includes("ROLE"));
  expect(rows[0]).toContain("pgparade");
  expect(rows.at(-1)).toContain("q quit");
});

test.skipIf(!hasTmux)(
  "a window of 8 rows shows the fleet, and one that grows the names of the views",
  async () => {
    await using shown = await pane({ columns: 80, rows: 8 });
    expect((await shown.rows()).filter((row) => /● .*primary/.test(row))).toHaveLength(2);
    await shown.resize(80, 24);
    await shown.until((rows) => (rows[1] ?? "").includes("[fleet]"));
  },
);
