import { describe, expect, test } from "bun:test";
import { emptyDraft, type NodeDraft } from "../../../src/config/edit/draft.ts";
import { clustersOf, draftOf } from "../../../src/config/edit/entry.ts";
import { edited } from "./edited.ts";

const draft = (name: string, change: Partial<NodeDraft>): NodeDraft => ({ ...emptyDraft, name, ...change });

const fleet = `nodes:
  db1: host=db1
  db2: host=db2
  db3: { host: db3 }
  db4: host=db4

clusters:
  main:
    nodes: [db1, db2]  # both
    production: true
  rest:
    nodes:
      - db3
      - db4   # last
`;

describe("a new node of a cluster", () => {
  const like = (node: string) => {
    const pattern = draftOf(fleet, node);
    if (!pattern) throw new Error(`no node ${node}`);
    return { ...pattern, name: "db5", parameters: { host: "db5" } };
  };

  test("joins its list in the form that this has, and inherits what the cluster says", () => {
    const flow = edited(fleet, { kind: "add", draft: like("db3"), like: "db3" });
    expect(flow).toContain("      - db4   # last\n      - db5\n");
    const block = edited(fleet, { kind: "add", draft: like("db1"), like: "db1" });
    expect(block).toContain("nodes: [db1, db2, db5]  # both\n");
    expect(draftOf(block, "db5")?.production).toBe(true);
    expect(block.match(/production: true/g)).toHaveLength(1);
    const unlike = draft("db6", { cluster: "main", production: true, parameters: { host: "db6" } });
    expect(edited(block, { kind: "add", draft: unlike })).toContain("[db1, db2, db5, db6]");
  });

  test("makes a cluster that is not there, behind the others", () => {
    const made = edited(fleet, { kind: "add", draft: { ...like("db4"), cluster: "new" } });
    expect(made).toStartWith(fleet.slice(0, fleet.indexOf("\nclusters")));
    expect(made).toEndWith("      - db4   # last\n  new:\n    nodes:\n      - db5\n");
    expect(clustersOf(made)).toEqual(["main", "rest", "new"]);
    const first = edited("nodes:\n  a: host=a # one\n", {
      kind: "add",
      draft: draft("b", { cluster: "shop", parameters: { host: "b" } }),
    });
    expect(first).toStartWith("nodes:\n  a: host=a # one\n");
    expect(draftOf(first, "b")?.cluster).toBe("shop");
    // One whose members a source lists has no list yet.
    const found = "nodes:\n  a: host=a\nclusters:\n  shop:\n    discover: { replication: true } # all\n";
    const listed = edited(found, {
      kind: "add",
      draft: draft("b", { cluster: "shop", parameters: { host: "b" } }),
    });
    expect(listed).toEndWith("    discover: { replication: true } # all\n    nodes:\n      - b\n");
    const empty = "nodes:\n  a: host=a\nclusters:\n  shop: { nodes: [], discover: { replication: true } }\n";
    const filled = edited(empty, {
      kind: "add",
      draft: draft("b", { cluster: "shop", parameters: { host: "b" } }),
    });
    expect(filled).toContain("shop: { nodes: [ b ], discover");
  });

  test("finds it by any node of an entry", () => {
    const hosts =
      "nodes:\n  db: postgres://one,two/app\n  lone: host=x\nclusters: { shop: { nodes: [db] } }\n";
    expect(draftOf(hosts, "db-2")?.cluster).toBe("shop");
    expect(draftOf(hosts, "lone")?.cluster).toBeNull();
    const odd = "nodes:\n  a: host=a\nclusters:\n  shop:\n    nodes:\n    - a";
    const added = edited(odd, {
      kind: "add",
      draft: draft("2", { cluster: "shop", parameters: { host: "b" } }),
    });
    expect(added).toEndWith('    - a\n    - "2"\n');
  });
});

describe("a node that changes its cluster", () => {
  const moved = (text: string, node: string, cluster: string | null) => {
    const before = draftOf(text, node);
    if (!before) throw new Error(`no node ${node}`);
    return edited(text, { kind: "change", node, draft: { ...before, cluster } });
  };

  test("leaves one list and joins the other, and every comment stays", () => {
    const text = moved(fleet, "db2", "rest");
    expect(text).toContain("    nodes: [db1]  # both\n");
    expect(text).toEndWith("      - db3\n      - db4   # last\n      - db2\n");
    expect(draftOf(text, "db2")?.cluster).toBe("rest");
  });

  test("is in none, or in a new one", () => {
    expect(moved(fleet, "db3", null)).toEndWith("    nodes:\n      - db4   # last\n");
    expect(draftOf(moved(fleet, "db4", "new"), "db4")?.cluster).toBe("new");
  });

  test("and was the last of it takes it away, but not one that has members of its own", () => {
    const text =
      "nodes:\n  a: host=a\n  b: host=b\nclusters:\n  one: { nodes: [a] }\n  two:\n    nodes: [b]\n    discover: { replication: true }\n";
    expect(moved(text, "a", "two")).toEndWith(
      "clusters:\n  two:\n    nodes: [b, a]\n    discover: { replication: true }\n",
    );
    expect(moved(text, "b", "one")).toEndWith(
      "clusters:\n  one: { nodes: [a, b] }\n  two:\n    discover: { replication: true }\n",
    );
  });
});
