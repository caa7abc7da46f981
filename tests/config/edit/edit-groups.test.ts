import { describe, expect, test } from "bun:test";
import { edited } from "./edited.ts";

describe("groups", () => {
  test("a node moves into one, out of it and back", () => {
    const text = "nodes:\n  a:\n    host: a\n    colour: red\n";
    const inside = edited(text, { kind: "move", node: "a", group: "shop" });
    expect(inside).toBe("nodes:\n  a:\n    host: a\n    group: shop\n    colour: red\n");
    expect(edited(inside, { kind: "move", node: "a", group: null })).toBe(text);
  });

  test("are declared with colour and fold as they get them", () => {
    const one = edited("nodes: {}\n", { kind: "group", name: "shop", colour: "red" });
    expect(one).toBe("nodes: {}\n\ngroups:\n  shop:\n    colour: red\n");
    const two = edited(one, { kind: "group", name: "shop", folded: true });
    expect(two).toBe("nodes: {}\n\ngroups:\n  shop:\n    colour: red\n    folded: true\n");
    expect(edited(two, { kind: "group", name: "shop", folded: false })).toBe(one);
    expect(edited(one, { kind: "group", name: "shop", colour: null })).toBe(
      "nodes: {}\n\ngroups:\n  shop: {}\n",
    );
  });

  const grouped = `groups:
  # the shop
  shop: { colour: red }   # s

  office:
    folded: true
nodes:
  a: { host: a, group: shop }
  b: { host: b, group: lab }
`;

  test("come in another order with their comments", () => {
    expect(edited(grouped, { kind: "order groups", names: ["lab", "office", "shop"] })).toBe(
      grouped.replace(
        /groups:[\s\S]*(?=nodes)/,
        "groups:\n  lab: {}\n\n  office:\n    folded: true\n\n  # the shop\n  shop: { colour: red }   # s\n",
      ),
    );
  });

  test("are renamed and deleted with all who name them", () => {
    expect(edited(grouped, { kind: "rename group", name: "shop", to: "store" })).toBe(
      grouped.replace("  shop:", "  store:").replace("group: shop", "group: store"),
    );
    expect(edited(grouped, { kind: "delete group", name: "shop" })).toBe(
      grouped.replace(/ {2}# the shop\n.*\n\n/, "").replace(", group: shop", ""),
    );
  });
});
