import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readConfigFile } from "../../src/config/file/file.ts";
import { loadSettings } from "../../src/config/load.ts";
import { connectionFields, nodeOptions, poolOptions, programOptions } from "../../src/config/options.ts";
import { holdTime, level } from "../../src/config/values.ts";
import { knownVariables, variableFor } from "../../src/config/variables.ts";
import { readPlainFileNow } from "../../src/files/plain-file.ts";
import { rules } from "../../src/rules/all.ts";

const path = fileURLToPath(new URL("../../config.example.yaml", import.meta.url));
const docs = readFileSync(new URL("../../docs/configuration.md", import.meta.url), "utf8");
const ruleDocs = readFileSync(new URL("../../docs/rules.md", import.meta.url), "utf8");
const environment = { STOCK_PASSWORD: "pw", STOCK_KEY: "phrase" };
const { values, problems } = readConfigFile(path, environment, readPlainFileNow(path, 1_048_576));

test("the example is a config that loads, wherever it was unpacked", () => {
  expect(problems).toEqual([]);
  const loaded = loadSettings({ config: path }, [], environment);
  if (!loaded.ok) throw loaded.error;
  expect(loaded.settings.nodes.map(({ name }) => name)).toEqual(["sales-1", "sales-2"]);
});

test("the example states the program's own defaults", () => {
  const defaults = <T extends Record<string, { default: unknown }>>(options: T) =>
    Object.fromEntries(Object.entries(options).map(([name, option]) => [name, option.default]));
  expect(values).toMatchObject(defaults(programOptions));
  expect(values.defaults).toMatchObject(defaults(nodeOptions));
  expect(values.defaults?.pool).toMatchObject(defaults(poolOptions));
  const levels = rules.map(({ name, default: { warning, critical, forMs } }) => [
    name,
    { warning, critical, for: forMs },
  ]);
  expect(values.thresholds).toEqual(Object.fromEntries(levels));
});

test("without a file the defaults are the same", () => {
  const [plain, example] = [
    loadSettings({}, ["host=h"], {}),
    loadSettings({ config: path }, ["host=h"], environment),
  ];
  if (!plain.ok || !example.ok) throw new Error("both should load");
  // What they are is the same, where that is said is not.
  const nodes = example.settings.nodes.map((node) => {
    const { many_sessions: _, ...thresholds } = node.thresholds;
    return { ...node, thresholds, actionsFrom: null, waitsFrom: null };
  });
  const settings = {
    ...example.settings,
    nodes,
    file: null,
    fileNodes: [],
    fileEntries: [],
    groups: [],
    views: [],
    rules: [],
  };
  expect<object>(settings).toEqual(plain.settings);
});

test("the example shows every field of a node", () => {
  const fields = [
    ...Object.keys(connectionFields),
    "connection",
    "group",
    "colour",
    "production",
    "thresholds",
  ];
  const shown = Object.values(values.nodes ?? {}).flatMap((node) => Object.keys(node));
  expect(fields.filter((field) => !shown.includes(field) && field !== "production")).toEqual([]);
  expect(values.defaults).toHaveProperty("production");
});

test("the manual names every variable with its default", () => {
  const options = Object.entries({ ...programOptions, ...nodeOptions });
  const row = (variable: string, stated: string) => `\`${variable}\`[^|]*\\| \`${stated}\``;
  const rows = [
    ...options.map(([name, option]) => row(variableFor(name), option.stated)),
    ...Object.entries(poolOptions).map(([name, option]) => row(variableFor("pool", name), option.stated)),
  ];
  for (const pattern of rows) expect(docs).toMatch(new RegExp(pattern));
  for (const { name, unit, default: own } of rules) {
    const { print } = level(unit);
    const levels = [print(own.warning), print(own.critical), holdTime.print(own.forMs)];
    expect(ruleDocs).toContain(`| \`${name}\` | ${levels.map((text) => `\`${text}\``).join(" | ")} |`);
  }
  const named = knownVariables().filter((variable) => !variable.startsWith("PGPARADE_THRESHOLDS_"));
  for (const variable of named) expect(docs).toContain(`\`${variable}\``);
});
