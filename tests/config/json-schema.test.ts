import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { wholeSchema } from "../../src/config/custom/whole-schema.ts";
import { jsonSchema } from "../../src/config/schema-parts.ts";
import { problemsOf } from "./config-file.ts";

const editor = z.fromJSONSchema(jsonSchema(wholeSchema) as z.core.JSONSchema.JSONSchema);
const accepts = (text: string) => editor.safeParse(parse(text)).success;
const example = readFileSync(new URL("../../config.example.yaml", import.meta.url), "utf8");
const dollar = "$";

test("an editor takes the example", () => {
  expect(editor.safeParse(parse(example))).toMatchObject({ success: true });
});

describe("an editor takes what we take", () => {
  test.each([
    "{}",
    "nodes:\nthresholds:\ndefaults:\n",
    "nodes: { a: 'host=h', b: { host: h, port: '5432', pool: { max: '3' } } }",
    `nodes: { a: { host: h, port: "${dollar}{PORT:-5432}", production: "${dollar}{PROD:-true}" } }`,
    "nodes: { a: { host: h, ssh: bastion }, b: { host: h, ssh: { host: bastion } } }",
    "nodes: { a: { host: h, password_command: [a] }, b: { password_command: { argv: [a], ttl: 1min } } }",
    "thresholds: { replication_lag: { warning: off, critical: 1.5h }, connections_used: { warning: 70% } }",
    "thresholds: { blocked_sessions: { warning: 3s, critical: off, for: 10s }, xid_age: { warning: 500M } }",
    "thresholds: { receiver_down: { warning: off, critical: on }, deadlocks: { warning: 3 } }",
    "clusters: { c: { nodes: [a], thresholds: { long_query: { warning: 1h } } } }\nnodes: { a: host=h }",
    "groups: { g: { thresholds: { long_query: { critical: off } } } }",
    "clusters: { c: { nodes: [a], default: true } }\nnodes: { a: host=h }",
    "clusters: { c: { discover: { patroni: ['http://h:8008'], addresses: { a: 'b:1' }, node: { user: u } } } }",
    "clusters: { c: { discover: { srv: _postgresql._tcp.db.example.com. } } }",
    "clusters: { c: { discover: { command: [a, b] } }, d: { discover: { command: a } } }",
    "clusters: { c: { nodes: [a], discover: { replication: true } } }\nnodes: { a: host=h }",
    "color: 'false'\nrefresh: 500ms\n",
    "views: { v: { sql: select 1 as a, columns: { a: integer } } }",
    "views: { v: { sql: { 10: select 1 as a, '14': select 2 as a }, columns: { a: { kind: seconds, warning: 5s } }, key: [a] } }",
  ])("%p", (text) => {
    expect(problemsOf(text)).toEqual([]);
    expect(accepts(text)).toBe(true);
  });
});

describe("an editor marks", () => {
  test.each([
    "refresh: 10",
    "theme: drak",
    "nods: {}",
    "views: { v: { sql: select 1 as a } }",
    "views: { v: { sql: select 1 as a, columns: { a: int } } }",
    "views: { V: { sql: select 1 as a, columns: { a: integer, b: { kind: text, hidden: true } } } }",
    "nodes: [a]",
    "nodes: { a: { prot: 1 } }",
    "nodes: { a: { port: 99999 } }",
    "nodes: { a: 5 }",
    "nodes: { a: { password_command: pass } }",
    "nodes: { a: { ssh: { user: u } } }",
    "thresholds: { replication_lag: { warning: 5 } }",
    "thresholds: { replication_lag: { for: 5 } }",
    "thresholds: { receiver_down: { warning: maybe } }",
    "clusters: { c: { default: true } }",
    "clusters: { c: { discover: { patroni: ['h:8008'] } } }",
    "clusters: { c: { discover: { srv: localhost } } }",
    "clusters: { c: { discover: { command: 'a b' } } }",
    "clusters: { c: { discover: { patroni: ['http://h'], node: { host: h } } } }",
  ])("%p", (text) => {
    expect(problemsOf(text)).not.toEqual([]);
    expect(accepts(text)).toBe(false);
  });
});
