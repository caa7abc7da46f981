import { expect, test } from "bun:test";
import { fleetSamples } from "../../src/store/fleet-samples.ts";
import type { Row } from "../../src/views/row.ts";
import type { Sample } from "../../src/views/sample.ts";
import { unusedIndexes } from "../../src/views/storage/unused-indexes.ts";
import {
  cluster,
  facts,
  health,
  node,
  observed,
  okSample,
  pulse,
  standby,
} from "../support/screens/fixtures.ts";

const index = (indexrelid: number, more: Row = {}): Row => ({
  ...{
    database: "shop",
    indexrelid,
    relid: 1,
    schemaname: "public",
    relname: "orders",
    indexrelname: `i${indexrelid}`,
  },
  ...{
    state: "valid",
    indisunique: false,
    indisprimary: false,
    indisexclusion: false,
    indisreplident: false,
  },
  ...{
    idx_scan: 0n,
    index_bytes: 8192n,
    counted_seconds: 500,
    ...{ written_seconds: null, since_checkpoint: false },
    stats_reset: 1000,
    part_of: null,
    indexdef: null,
  },
  ...{ duplicate_of: null, redundant_with: null, counted: true },
  ...more,
});

type Told = {
  readonly indexes?: readonly Row[];
  readonly senders?: readonly Row[];
  readonly slots?: readonly Row[];
};

const below = (name: string, pid: number | null) => ({
  ...{ name, depth: 1, upstream: { kind: "node", name: "a" } as const },
  served: pid === null ? null : { node: "a", pid },
});

/** The verdicts on what the primary a and the standby b count, with the reasons. */
function verdicts(
  told: Readonly<Record<string, Told>>,
  nodes = [node("a"), standby("b")],
  clusters = [cluster("shop", [{ name: "a", depth: 0 }, below("b", 7)])],
  scope = ["a"],
) {
  const of = (key: keyof Told): Record<string, Sample> =>
    Object.fromEntries(
      Object.entries(told).flatMap(([name, answers]) => {
        const rows = answers[key] ?? (key === "indexes" ? null : []);
        return rows ? [[name, okSample(rows)]] : [];
      }),
    );
  const samples = { indexes: of("indexes"), replication: of("senders"), replication_slots: of("slots") };
  const rows = unusedIndexes.rows(fleetSamples(observed(nodes, clusters, samples), scope));
  return rows.map(({ node: on, indexrelname, verdict, unknown }) => [on, indexrelname, verdict, unknown]);
}

const sender = (pid: number, more: Row = {}): Row => ({
  ...{ pid, application_name: `app-${pid}`, client_addr: "10.0.0.9", slot_name: null, slot_type: null },
  ...{ state: "streaming", replay_lsn: 100n },
  ...more,
});

test("an index is unused where the primary and all standbys count no scan", () => {
  const [both, here, there] = [index(1), index(2, { idx_scan: 3n }), index(3)];
  const told = {
    a: { indexes: [both, here, there], senders: [sender(7)] },
    b: { indexes: [both, index(2), index(3, { idx_scan: 1n })] },
  };
  expect(verdicts(told)).toEqual([["a", "i1", "unused", []]]);
});

test("it counts since the counters of the last began", () => {
  const rows = (seconds: number, since: number) => [
    index(1, { counted_seconds: seconds, stats_reset: since }),
  ];
  const samples = {
    indexes: { a: okSample(rows(900, 100)), b: okSample(rows(40, 960)) },
    replication: { a: okSample([]), b: okSample([]) },
    replication_slots: { a: okSample([]), b: okSample([]) },
  };
  const clusters = [cluster("shop", [{ name: "a", depth: 0 }, below("b", 7)])];
  const seen = observed([node("a"), standby("b")], clusters, samples);
  expect(unusedIndexes.rows(fleetSamples(seen, ["a"]))).toMatchObject([
    { verdict: "unused", counted_seconds: 40, stats_reset: 960, counted_on: ["a", "b"] },
  ]);
});

test("what keys, constraints and the replica identity need is never listed, nor what is invalid", () => {
  const flags = ["indisunique", "indisprimary", "indisexclusion", "indisreplident"];
  const rows = [...flags.map((flag, at) => index(at, { [flag]: true })), index(9, { state: "invalid" })];
  expect(verdicts({ a: { indexes: rows }, b: { indexes: rows } })).toEqual([]);
});

test("what a server that is not asked may have scanned is unknown", () => {
  const rows = [index(1)];
  const [a, b] = [{ indexes: rows, senders: [sender(7)] }, { indexes: rows }];
  const why = (...of: Parameters<typeof verdicts>) =>
    verdicts(...of).map(([, , verdict, said]) => [verdict, said]);
  const unknown = (...said: string[]) => [["unknown", said]];

  const down = standby("b", { health: health("reconnecting") });
  expect(why({ a }, [node("a"), down])).toEqual(unknown("b does not answer"));
  expect(why({ a, b: { indexes: [] } })).toEqual(unknown("b does not show it"));
  expect(why({ a, b: { indexes: [index(1, { idx_scan: null })] } })).toEqual(
    unknown("b: track_counts is off"),
  );
  expect(why({ a: { ...a, senders: [sender(7), sender(8)] }, b })).toEqual(
    unknown("app-8, which receives from a and is not watched"),
  );
  const receives = sender(9, { replay_lsn: null, application_name: "pg_receivewal" });
  expect(why({ a: { ...a, senders: [sender(7), receives] }, b })).toEqual([["unused", []]]);
  expect(why({ a, b: { ...b, senders: [sender(3)] } })).toEqual(
    unknown("app-3, which receives from b and is not watched"),
  );
  const slots = [{ slot_name: "gone", slot_type: "physical", active: false, active_pid: null }];
  expect(why({ a: { ...a, slots }, b })).toEqual(
    unknown("the standby of slot gone on a, which is not connected"),
  );
});

test("a node that never answered may be a standby, unless it is of another cluster", () => {
  const rows = [index(1)];
  const told = { a: { indexes: rows }, b: { indexes: rows } };
  const dark = node("c", { facts: null, pulse: null, health: health("connecting") });
  const shop = cluster("shop", [{ name: "a", depth: 0 }, below("b", 7)]);
  const nodes = [node("a"), standby("b"), dark];
  const place = { name: "c", depth: 0 };
  const why = (other: typeof shop) => verdicts(told, nodes, [shop, other]).map(([, , , said]) => said);
  expect(why(cluster("c", [place], { heading: false }))).toEqual([
    ["c, which has not said yet whose standby it is"],
  ]);
  expect(why(cluster("books", [place]))).toEqual([[]]);
});

test("without its primary a standby says what it knows; another system is not asked", () => {
  const rows = [index(1)];
  const alone = [cluster("shop", [{ name: "b", depth: 0 }])];
  expect(verdicts({ b: { indexes: rows } }, [standby("b")], alone, ["b"])).toEqual([
    ["b", "i1", "unknown", ["the primary is not watched"]],
  ]);
  const other = node("b", { facts: facts({ systemIdentifier: "42" }) });
  const told = { a: { indexes: rows }, b: { indexes: [index(1, { idx_scan: 5n })] } };
  expect(verdicts(told, [node("a"), other])).toEqual([["a", "i1", "unused", []]]);
});

test("a server that is configured twice is one, and its standby is watched from whichever cluster", () => {
  const told = { indexes: [index(1)], senders: [sender(7)] };
  const once = pulse({ started_at: "5" });
  const nodes = [node("a", { pulse: once }), standby("b"), node("lone", { pulse: once })];
  const shop = cluster("shop", [{ name: "a", depth: 0 }, below("b", 7)]);
  const clusters = [shop, cluster("other", [{ name: "lone", depth: 0 }])];
  const of = (...scope: string[]) =>
    verdicts({ a: told, lone: told, b: { indexes: [index(1)] } }, nodes, clusters, scope);
  expect(of("lone")).toEqual([["lone", "i1", "unused", []]]);
  expect(of("a")).toEqual([["a", "i1", "unused", []]]);
  expect(of("b")).toEqual([["b", "i1", "unused", []]]);
});

test("a standby in scope is judged by all, and has one row", () => {
  const rows = [index(1)];
  const told = { a: { indexes: rows, senders: [sender(7)] }, b: { indexes: rows } };
  expect(verdicts(told, undefined, undefined, ["b"])).toEqual([["b", "i1", "unused", []]]);
  expect(verdicts(told, undefined, undefined, ["a", "b"])).toEqual([["a", "i1", "unused", []]]);
});

test("what was made after the last checkpoint, or within a day, is new; where neither is told it is unused", () => {
  const verdictOf = (more: Row) => {
    const rows = [index(1, more)];
    return verdicts({ a: { indexes: rows, senders: [sender(7)] }, b: { indexes: rows } })[0]?.[2];
  };
  expect(verdictOf({ since_checkpoint: true })).toBe("new");
  expect(verdictOf({ since_checkpoint: null })).toBe("unused");
  expect(verdictOf({ written_seconds: 3600 })).toBe("new");
  // An old one is no newer because there was no checkpoint for long.
  expect(verdictOf({ written_seconds: 100_000, since_checkpoint: true })).toBe("unused");
  const unasked = { a: { indexes: [index(1, { since_checkpoint: true })], senders: [sender(9)] }, b: {} };
  expect(verdicts(unasked)[0]?.[2]).toBe("unknown");
});
