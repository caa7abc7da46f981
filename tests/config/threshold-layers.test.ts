import { expect, test } from "bun:test";
import { settingsOf } from "./config-file.ts";

test("thresholds of a cluster count before those of a group, and those before `defaults`", () => {
  const settings = settingsOf(`
defaults: { group: g, thresholds: { long_query: { warning: 1s, critical: 1h, for: 1s } } }
groups: { g: { thresholds: { long_query: { warning: 2s, for: 2s } } } }
clusters: { c: { nodes: [own, plain], thresholds: { long_query: { warning: 3s } } } }
nodes:
  own: { host: h, thresholds: { long_query: { warning: 4s } } }
  plain: { host: i }
  lone: { host: j }
  other: { host: k, group: none }
`);
  const levels = (name: string) => settings.nodes.find((node) => node.name === name)?.thresholds.long_query;
  expect(levels("own")).toEqual({ warning: 4, critical: 3600, forMs: 2000 });
  expect(levels("plain")).toEqual({ warning: 3, critical: 3600, forMs: 2000 });
  expect(levels("lone")).toEqual({ warning: 2, critical: 3600, forMs: 2000 });
  expect(levels("other")).toEqual({ warning: 1, critical: 3600, forMs: 1000 });
});

test("a variable of the environment counts for every node, also for how long a level must hold", () => {
  const environment = {
    PGPARADE_THRESHOLDS_RECEIVER_DOWN_FOR: "3s",
    PGPARADE_THRESHOLDS_RECEIVER_DOWN_CRITICAL: "on",
    PGPARADE_THRESHOLDS_HORIZON_WARNING: "2M",
  };
  const text = "nodes: { a: { host: h, thresholds: { receiver_down: { warning: off, for: 1min } } } }";
  const [node] = settingsOf(text, { environment }).nodes;
  expect(node?.thresholds.receiver_down).toEqual({ warning: null, critical: 1, forMs: 3000 });
  expect(node?.thresholds.horizon.warning).toBe(2_000_000);
});
