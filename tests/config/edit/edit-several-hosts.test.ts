import { expect, test } from "bun:test";
import { emptyDraft } from "../../../src/config/edit/draft.ts";
import { entryOf } from "../../../src/config/edit/entry.ts";
import { YamlText } from "../../../src/config/edit/yaml/text.ts";
import { edited } from "./edited.ts";

test("a new node with several hosts is a string in which each port stands beside its host", () => {
  const orders = {
    ...emptyDraft,
    name: "orders",
    parameters: { host: "db1,db2", port: "5433,5434", dbname: "app", user: "ann" },
  };
  const uri = "postgresql://ann@db1:5433,db2:5434/app";
  expect(edited("", { kind: "add", draft: orders })).toBe(`nodes:\n  orders: ${uri}\n`);
  expect(edited("", { kind: "add", draft: { ...orders, group: "shop" } })).toBe(
    `nodes:\n  orders:\n    connection: ${uri}\n    group: shop\n`,
  );
});

test("a node of a string with several hosts is edited by its string", () => {
  const text = "nodes:\n  orders: host=a,b\n  x-1: host=x\n";
  const yaml = new YamlText(text);
  expect([entryOf(yaml, "orders-2"), entryOf(yaml, "x-1"), entryOf(yaml, "y-1")]).toEqual([
    "orders",
    "x-1",
    null,
  ]);
  expect(edited(text, { kind: "delete", node: "orders-2" })).toBe("nodes:\n  x-1: host=x\n");
});
