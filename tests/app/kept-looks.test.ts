import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keepLooks } from "../../src/app/kept-looks.ts";
import { readLooks, writeLooks } from "../../src/services/view-looks.ts";
import { openStore, updateLook } from "../../src/store/store.ts";
import { until } from "../support/servers/servers.ts";

const folder = mkdtempSync(join(tmpdir(), "pgparade-looks-"));
afterAll(() => rmSync(folder, { recursive: true }));
const open = () => openStore({ columns: 80, rows: 24, refreshMs: 1000, title: "test" });

test("what one run changes is there in the next, and what another run changed meanwhile stays", async () => {
  const state = join(folder, "runs", "pgparade");
  const [one, other] = [open(), open()];
  const [end, endOther] = [keepLooks(one, state), keepLooks(other, state)];
  updateLook(one, "activity", () => ({ order: ["pid"], sortBy: "-pid", sparks: { xact_seconds: true } }));
  updateLook(other, "tables", () => ({ widths: { relname: 30 }, filter: "x" }));
  await Promise.all([end()]);
  await endOther();
  expect(statSync(join(state, "views.json")).mode & 0o777).toBe(0o600);
  const next = open();
  const endNext = keepLooks(next, state);
  await until(() => Object.keys(next.getState().looks).length === 2);
  expect(next.getState().looks).toEqual({
    activity: { order: ["pid"], sortBy: "-pid", sparks: { xact_seconds: true } },
    tables: { widths: { relname: 30 }, filter: "x" },
  });
  updateLook(next, "tables", () => ({}));
  await endNext();
  expect(Object.keys(await readLooks(state))).toEqual(["activity"]);
});

test("a file that somebody else made of it is nothing, and of a line only what has its form", async () => {
  const state = join(folder, "wrong");
  mkdirSync(state);
  const reads = async (text: string) => {
    writeFileSync(join(state, "views.json"), text);
    return await readLooks(state);
  };
  for (const text of ["", "{", "null", "7", '"text"', "[]"]) expect(await reads(text)).toEqual({});
  const wrong = { order: ["pid", 7], shown: { pid: "yes", state: false }, widths: { pid: "9" }, sortBy: 3 };
  expect(await reads(JSON.stringify({ activity: wrong, tables: null }))).toEqual({
    activity: { order: ["pid"], shown: { state: false } },
    tables: {},
  });
});

test("where nothing can be written a notice says so once", async () => {
  writeFileSync(join(folder, "file"), "");
  const store = open();
  const end = keepLooks(store, join(folder, "file", "pgparade"));
  updateLook(store, "activity", () => ({ sortBy: "-pid" }));
  await end();
  expect(store.getState().screen.notice).toMatch(/^columns and order last until the program ends, .*ENOTDIR/);
  expect(await writeLooks(join(folder, "file", "pgparade"), new Map())).toMatch(/ENOTDIR/);
});
