import { expect, test } from "bun:test";
import { draftOf } from "../../../src/config/edit/entry.ts";
import { changed } from "./edited.ts";

const text = `nodes:
  a:
    host: db      # the first
    production: true
clusters:
  one:
    nodes: [a]
    actions: none
`;

test("what may be done on a node is written below what else it says, and inherited when it is left out", () => {
  expect(draftOf(text, "a")?.actions).toBeNull();
  const all = changed(text, "a", { actions: "all" });
  expect(all).toBe(text.replace("true\n", "true\n    actions: all\n"));
  expect(draftOf(all, "a")?.actions).toBe("all");
  expect(changed(all, "a", { actions: null })).toBe(text);
});
