import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { starterConfig } from "../../src/config/edit/starter.ts";
import { settingsOf } from "./config-file.ts";

const example = readFileSync(new URL("../../config.example.yaml", import.meta.url), "utf8");
const starter = starterConfig(example);

test("a new file watches the server that psql would reach, and sets nothing else", () => {
  const settings = settingsOf(starter, { environment: { PGHOST: "db9" } });
  expect(settings.nodes).toMatchObject([{ name: "local", connection: { host: "db9" } }]);
  expect(settings.warnings).toEqual([]);
  const plain = settingsOf("nodes: { local: {} }", { environment: { PGHOST: "db9" } });
  expect<object>({ ...settings, file: null }).toEqual({ ...plain, file: null });
});

test("what is commented out is the example once the marks are gone", () => {
  const uncommented = starter.replace(/^#(?=\S| {2})/gm, "");
  const { nodes, ...others } = parse(uncommented);
  const { local, ...named } = nodes;
  expect(local).toEqual({});
  expect({ ...others, nodes: named }).toEqual(parse(example));
});
