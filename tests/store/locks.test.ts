import { expect, test } from "bun:test";
import { currentTable } from "../../src/store/table.ts";
import { sitDown } from "../support/screens/desk.ts";
import { activityOf, backend, node, observed, okSample } from "../support/screens/fixtures.ts";
import { alterQueue, preparedRoot, replayWaits } from "../support/screens/lock-fixtures.ts";
import { draw } from "../support/screens/screens.tsx";

const sessions = [backend(200), backend(300, { query: "select * from orders" }), backend(9)];
const seen = observed([node("a"), node("b")], undefined, {
  ...activityOf({ a: sessions }),
  lock_waits: { a: okSample(alterQueue(3)), b: okSample(preparedRoot()) },
});
const lines = (desk: ReturnType<typeof sitDown>) =>
  currentTable(desk.state())?.lines.map(({ row, depth }) => `${" ".repeat(depth)}${row["session"]}`);
const underCursor = (desk: ReturnType<typeof sitDown>) =>
  currentTable(desk.state())?.lines.find(({ key }) => key === desk.line)?.row["session"];

test("the tree over all nodes begins with the root that frees most", () => {
  const desk = sitDown(seen);
  desk.press("L", "0");
  expect(desk.place).toEqual({ kind: "view", view: "locks", scope: { kind: "all" } });
  expect(lines(desk)).toEqual(["100", " 200", "  300", "  301", "  302", "prepared order-77", " 400"]);
  expect(underCursor(desk)).toBe("100");
});

test("a filter takes what the JSON tells of the tree: how deep a line is, and whose it is below", () => {
  const desk = sitDown(seen);
  desk.press("L", "0");
  const filtered = (text: string) => {
    desk.press("/", "ctrl-u");
    desk.type(text);
    desk.press("enter");
    return lines(desk);
  };
  expect(filtered("depth:0")).toEqual(["100", "prepared order-77"]);
  expect(filtered("depth>=2 session:301")).toEqual(["100", " 200", "  301"]);
  expect(filtered('parent:="prepared order-77"')).toEqual(["prepared order-77", " 400"]);
});

test("L on a session lands on it in the tree", () => {
  const desk = sitDown(seen);
  desk.press("a");
  const at = currentTable(desk.state())?.lines.findIndex(({ row }) => row["pid"] === 300) ?? 0;
  for (let step = 0; step < at; step += 1) desk.press("j");
  desk.press("L");
  expect(underCursor(desk)).toBe("300");
});

test("on a session that neither waits nor blocks the tree begins at its top", () => {
  const desk = sitDown(
    observed([node("a")], undefined, { ...seen.samples, ...activityOf({ a: [backend(9)] }) }),
  );
  desk.press("a", "L");
  expect(underCursor(desk)).toBe("100");
});

test("who blocks whom and the statement are on screen at 80 columns", () => {
  const desk = sitDown(seen, { columns: 80, rows: 24 });
  desk.press("L", "0");
  const screen = draw(desk.state()).join("\n");
  expect(screen).toMatch(/100 +4 idle in tx .*select 1/);
  expect(screen).toMatch(/└ 200 +3 active +0:41 .*alter table/);
  expect(screen).toMatch(/ {2}└ 300 +0 active +0:41 .*select \*/);
  expect(screen).toContain("prepared order-77");
});

test("a root whose commit waits for a standby says so, and that the commit stays if it is ended", () => {
  const queue = alterQueue(1).map((row) => (row.pid === 100 ? { ...row, wait: "IPC:SyncRep" } : row));
  const desk = sitDown(observed([node("a")], undefined, { lock_waits: { a: okSample(queue) } }));
  desk.press("L", "0");
  const shown = () => draw(desk.state()).join("\n");
  expect(shown()).toMatch(/100 .* its commit waits for a standby/);
  desk.press("K");
  expect(shown()).toMatch(/effect +its transaction is committed here and stays; a synchronous/);
  expect(shown()).toMatch(/frees 2 sessions that wait/);
  desk.press("escape", "x", "x", "K");
  expect(shown()).toContain("of 1: its transaction is committed here and stays");
});

test("the replay of WAL, which is no session, is told apart from the sessions that an end frees", () => {
  const [reader, replay] = replayWaits();
  if (!reader || !replay) throw new Error("no replay waits");
  const behind = alterQueue(1)
    .filter(({ pid }) => pid === 300)
    .map((row) => ({ ...row, blocked_by: [22] }));
  const asked = (rows: Parameters<typeof okSample>[0], ...keys: string[]) => {
    const desk = sitDown(observed([node("a")], undefined, { lock_waits: { a: okSample(rows) } }));
    desk.press("L", "0");
    expect(draw(desk.state()).join("\n")).toMatch(/100 .* holds up replay/);
    desk.press(...keys, "K");
    return draw(desk.state()).join("\n");
  };
  expect(asked([reader, replay])).toMatch(/effect +frees the replay of WAL/);
  expect(asked([reader, replay])).not.toMatch(/session that waits/);
  expect(asked([reader, replay, ...behind])).toMatch(/frees 1 session that waits, and the replay of WAL/);
  expect(asked([reader, replay, ...behind], "x", "x")).toContain("of 1: frees the replay of WAL");
});
