import { expect, test } from "bun:test";
import { nodeError } from "../../../src/postgres/node-error.ts";
import { failedSample } from "../../../src/views/compared.ts";
import type { Row } from "../../../src/views/row.ts";
import type { Sample } from "../../../src/views/sample.ts";
import { settingEvents } from "../../../src/views/settings/setting-events.ts";
import { facts, okSample } from "../../support/screens/fixtures.ts";

const setting = (name: string, value: string | null, boot_value: string): Row => ({
  ...{ name, value, boot_value, pending_restart: false, of_session: value === null },
});

const round = (sample: Sample | readonly Row[], known: Parameters<typeof facts>[0] = {}) => ({
  samples: { setting_values: { a: "state" in sample ? sample : okSample(sample) } },
  nodes: { a: { facts: facts({ readsAllSettings: true, ...known }) } },
});

const told = (...[before, after]: readonly [ReturnType<typeof round>, ReturnType<typeof round>]) =>
  settingEvents(before, after, 7).map(({ text }) => text);

test("a setting that changed is an event, also from and to its default", () => {
  const at4 = round([setting("jit", "off", "on")]);
  const at64 = round([setting("work_mem", "64MB", "4MB"), setting("jit", "off", "on")]);
  expect(settingEvents(at4, at64, 7)).toEqual([
    { clockMs: 7, node: "a", kind: "setting", severity: "ok", text: "work_mem is 64MB, was 4MB" },
  ]);
  expect(told(at64, at4)).toEqual(["work_mem is 4MB, was 64MB"]);
  expect(told(at64, at64)).toEqual([]);
});

test("many changes at once are counted", () => {
  const names = Array.from({ length: 8 }, (_, n) => setting(`s${n}`, "a", "b"));
  expect(told(round([]), round(names))).toEqual([
    ...Array.from({ length: 5 }, (_, n) => `s${n} is a, was b`),
    "3 more settings changed",
  ]);
});

test("a right that comes or goes, another major, our session and a look that failed change no setting", () => {
  const [few, many] = [[], [setting("work_mem", "64MB", "4MB")]];
  expect(told(round(few, { readsAllSettings: false }), round(many))).toEqual([]);
  expect(told(round(many, { versionNum: 160_000 }), round(few, { versionNum: 170_000 }))).toEqual([]);
  expect(told(round([setting("work_mem", null, "4MB")]), round(many))).toEqual([]);
  const failed = failedSample(nodeError("timeout", "late"), okSample(many));
  expect(told(round(many), round(failed))).toEqual([]);
  expect(told(round(failed), round([setting("work_mem", "8MB", "4MB")]))).toEqual([
    "work_mem is 8MB, was 64MB",
  ]);
});
