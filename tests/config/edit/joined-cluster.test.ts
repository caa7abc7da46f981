import { describe, expect, test } from "bun:test";
import { emptyDraft, type NodeDraft } from "../../../src/config/edit/draft.ts";
import { editConfig } from "../../../src/config/edit/edit.ts";
import { clusterOf, draftOf } from "../../../src/config/edit/entry.ts";
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
    const flow = edited(fleet, { kind: "add", draft: like("db3"), like: "db3", cluster: "rest" });
    expect(flow).toContain("      - db4   # last\n      - db5\n");
    const block = edited(fleet, { kind: "add", draft: like("db1"), like: "db1", cluster: "main" });
    expect(block).toContain("nodes: [db1, db2, db5]  # both\n");
    expect(draftOf(block, "db5")?.production).toBe(true);
    expect(block.match(/production: true/g)).toHaveLength(1);
    const unlike = draft("db6", { production: true, parameters: { host: "db6" } });
    expect(edited(block, { kind: "add", draft: unlike, cluster: "main" })).toContain("[db1, db2, db5, db6]");
  });

  test("is refused where the cluster is gone", () => {
    const edit = { kind: "add", draft: like("db1"), like: "db1", cluster: "gone" } as const;
    expect(editConfig(fleet, edit)).toEqual({
      ok: false,
      problem: "the file has no such cluster any more",
    });
  });

  test("finds it by any node of an entry", () => {
    const hosts =
      "nodes:\n  db: postgres://one,two/app\n  lone: host=x\nclusters: { shop: { nodes: [db] } }\n";
    expect(clusterOf(hosts, "db-2")).toBe("shop");
    expect(clusterOf(hosts, "lone")).toBeNull();
    expect(clusterOf(hosts, "other")).toBeNull();
    const odd = "nodes:\n  a: host=a\nclusters:\n  shop:\n    nodes:\n    - a";
    const added = edited(odd, {
      kind: "add",
      draft: draft("2", { parameters: { host: "b" } }),
      cluster: "shop",
    });
    expect(added).toEndWith('    - a\n    - "2"\n');
  });
});
