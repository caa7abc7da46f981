import { expect, test } from "bun:test";
import type { Alert } from "../../src/stats/alerts.ts";
import { fleetSamples } from "../../src/store/fleet-samples.ts";
import { wantedViews } from "../../src/store/on-screen.ts";
import type { Place } from "../../src/store/screen.ts";
import { rowNow, tableOf } from "../../src/store/table.ts";
import type { SubscriptionWorker } from "../../src/views/logical/subscription-workers.ts";
import { subscriptions } from "../../src/views/logical/subscriptions.ts";
import { idText } from "../../src/views/row-id.ts";
import { alert } from "../support/screens/alert.ts";
import { cluster, facts, node, observed, okSample, standby, stateOf } from "../support/screens/fixtures.ts";
import { at, draw } from "../support/screens/screens.tsx";

const worker = (more: Partial<SubscriptionWorker> = {}): Partial<SubscriptionWorker> => ({
  ...{ subname: "feed", datname: "shop", subslotname: "feed", subenabled: true, pid: 7, worker_seconds: 60 },
  ...{ copying: 0, apply_error_count: 0n, sync_error_count: 0n },
  ...more,
});

const slot = (active_pid: number | null) => ({
  ...{ slot_name: "feed", slot_type: "logical", active_pid, behind: 500n },
});
const sender = (pid: number, application_name: string) => ({ pid, application_name, replay_lag: 2 });

type Publisher = { readonly slots?: readonly object[]; readonly senders?: readonly object[] };

/** The row of a subscription on "s", where these nodes have these slots and WAL senders. */
function rowOf(one: Partial<SubscriptionWorker>, publishers: Readonly<Record<string, Publisher>> = {}) {
  const samples = (of: (publisher: Publisher) => readonly object[] | undefined) =>
    Object.fromEntries(
      Object.entries(publishers).map(([name, each]) => [
        name,
        okSample((of(each) ?? []).map((row) => ({ ...row }))),
      ]),
    );
  const names = ["s", ...Object.keys(publishers)];
  const seen = observed(
    names.map((name) => node(name)),
    undefined,
    {
      subscription_workers: { s: okSample([one]) },
      replication_slots: samples(({ slots }) => slots),
      replication: samples(({ senders }) => senders),
    },
  );
  return (
    tableOf(subscriptions, seen, names, { filter: "", sortBy: null, folded: new Set() }).lines[0]?.row ?? {}
  );
}

const wordOf = (more: Partial<SubscriptionWorker>) => rowOf(worker(more))["state"];

test("a subscription goes on once its worker has lived for longer than one that fails", () => {
  expect(wordOf({})).toBe("applying");
  expect(wordOf({ copying: 2 })).toBe("copying");
  expect(wordOf({ worker_seconds: 3 })).toBe("starting");
  // Its publisher does not answer.
  expect(wordOf({ worker_seconds: 60, received_lsn: null })).toBe("starting");
  expect(wordOf({ pid: null, worker_seconds: null })).toBe("no worker");
  expect(wordOf({ subenabled: false, pid: null })).toBe("disabled");
});

test("errors tell one that fails, as long as no worker has lived since", () => {
  expect(wordOf({ pid: null, worker_seconds: null, apply_error_count: 3n })).toBe("failing");
  expect(wordOf({ worker_seconds: 1, sync_error_count: 1n, received_lsn: null })).toBe("failing");
  expect(wordOf({ apply_error_count: 3n })).toBe("applying");
  // They are counted for life: one that was started again and receives may be well.
  expect(wordOf({ worker_seconds: 1, apply_error_count: 3n, received_lsn: 5n })).toBe("starting");
});

test("where the age of a worker may not be seen it is not known to go on", () => {
  expect(wordOf({ worker_seconds: null })).toBe("unknown");
});

test("the publisher is the node that has its slot, and tells the lag", () => {
  const one = rowOf(worker(), { p: { slots: [slot(9)], senders: [sender(9, "feed")] } });
  expect(one).toMatchObject({ publisher: "p", lag_bytes: 500n, lag_seconds: 2 });
  const gone = rowOf(worker(), { p: { slots: [slot(null)] } });
  expect(gone).toMatchObject({ publisher: "p", lag_bytes: 500n, lag_seconds: null });
});

test("what its slot has lost is no lag, and why it does not go on is said", () => {
  const gone = { pid: null, worker_seconds: null, apply_error_count: 7n };
  const lost = { ...slot(null), wal_status: "lost" };
  const row = rowOf(worker(gone), { p: { slots: [lost] } });
  expect(row).toMatchObject({
    ...{ publisher: "p", lag_bytes: null, wal_status: "lost" },
    issue: "its slot has lost its WAL: it must be created anew",
  });
  expect(subscriptions.sign?.(row)).toBe("critical");
  expect(rowOf(worker(gone), { p: { slots: [slot(null)] } })).toMatchObject({
    issue: "no worker applies it; 7 apply errors so far",
  });
});

test("the page of a row says why it does not go on in the words of its alert, and signs it by that", () => {
  const words =
    "fails again and again: 7 apply errors: the server's log says why, and skip-transaction skips it";
  const gone = { pid: null, worker_seconds: null, apply_error_count: 7n };
  const page = (alerts: readonly Alert[]) => {
    const seen = observed([node("s", { alerts })], undefined, {
      subscription_workers: { s: okSample([worker(gone)]) },
    });
    const place = { kind: "row", view: "subscriptions", node: "s", key: "shop\u0000feed" } as const;
    const key = idText({ node: "s", view: "subscriptions", key: place.key });
    return draw(stateOf(seen, { columns: 80, rows: 24, ...at({ ...place, key }) }))
      .join("\n")
      .replaceAll(/\s+/g, " ");
  };
  const opens = { view: "subscriptions", key: "shop\u0000feed" };
  const told = alert("subscription_failing", "critical", `subscription feed of shop ${words}`, opens);
  expect(page([told])).toContain(words);
  // Before rules have judged, the row is as bad as what it says.
  expect(page([])).toMatch(/✖ s .*no worker applies it; 7 apply errors so far/);
});

test("of several slots of one name it is that of the subscription's own name, or none", () => {
  const other = { slots: [slot(8)], senders: [sender(8, "another")] };
  const own = { slots: [slot(9)], senders: [sender(9, "feed")] };
  expect(rowOf(worker(), { o: other, p: own })["publisher"]).toBe("p");
  expect(rowOf(worker(), { o: other, p: other })["publisher"]).toBeNull();
  expect(rowOf(worker())["publisher"]).toBeNull();
});

const publishing = (active_pid: number | null, more = {}) =>
  okSample([{ ...slot(active_pid), database: "orders", ...more }]);

test("a standby's copy of its primary's slot (17) is not the publisher", () => {
  const clusters = [
    cluster("p", [
      { name: "p", depth: 0 },
      { name: "p2", depth: 1 },
    ]),
    cluster("s", [{ name: "s", depth: 0 }]),
  ];
  const seen = (more = {}) =>
    observed([node("s"), node("p"), standby("p2", more)], clusters, {
      subscription_workers: { s: okSample([worker()]) },
      replication_slots: { p: publishing(null), p2: publishing(null, { synced: true }) },
    });
  const publisher = (state: ReturnType<typeof seen>) =>
    subscriptions.rows(fleetSamples(state, ["s", "p", "p2"]))[0]?.["publisher"];
  expect(publisher(seen())).toBe("p");
  // Once it was promoted the mark says nothing, and either may be it.
  expect(publisher(seen({ facts: facts({ inRecovery: false }) }))).toBeNull();
});

test("the standby of a subscriber applies nothing, and that is all right", () => {
  const clusters = [
    cluster("s", [
      { name: "s", depth: 0 },
      { name: "s2", depth: 1 },
    ]),
  ];
  const idle = { pid: null, worker_seconds: null };
  const seen = observed([node("s"), standby("s2")], clusters, {
    subscription_workers: { s: okSample([worker()]), s2: okSample([worker(idle)]) },
  });
  const rows = subscriptions.rows(fleetSamples(seen, ["s", "s2"]));
  expect(rows.map(({ node, state }) => [node, state])).toEqual([
    ["s", "applying"],
    ["s2", "on a standby"],
  ]);
  expect(rows.map((row) => subscriptions.isQuiet?.(row))).toEqual([false, true]);
});

test("a server that is watched by two ways has its subscriptions once, and both ways say where they come from", () => {
  const clusters = [
    cluster("s", [
      { name: "s", depth: 0 },
      { name: "s-pooled", depth: 0, sameAs: "s" },
    ]),
    cluster("p", [
      { name: "p", depth: 0 },
      { name: "p-pooled", depth: 0, sameAs: "p" },
    ]),
  ];
  const names = ["s", "s-pooled", "p", "p-pooled"];
  const seen = observed(
    names.map((name) => node(name)),
    clusters,
    {
      subscription_workers: { s: okSample([worker()]), "s-pooled": okSample([worker()]) },
      replication_slots: { p: publishing(9), "p-pooled": publishing(9) },
    },
  );
  const rows = subscriptions.rows(fleetSamples(seen, names));
  expect(rows.map(({ node, publisher }) => [node, publisher])).toEqual([
    ["s", "p"],
    ["s-pooled", "p"],
  ]);
});

test("of one node alone its publisher is asked and known too, also on the page of the row", () => {
  const seen = observed([node("s"), node("p")], undefined, {
    subscription_workers: {
      s: okSample([worker()]),
      p: okSample([worker({ subname: "other", subslotname: "other" })]),
    },
    replication_slots: { p: publishing(null) },
  });
  const { lines } = tableOf(subscriptions, seen, ["s"], { filter: "", sortBy: null, folded: new Set() });
  expect(lines.map(({ row }) => [row["subname"], row["publisher"]])).toEqual([["feed", "p"]]);
  const [line] = lines;
  expect(line && rowNow(seen, line.id)?.["publisher"]).toBe("p");
  const places: Place[] = [
    { kind: "view", view: "subscriptions", scope: { kind: "node", node: "s" } },
    { kind: "row", view: "subscriptions", node: "s", key: line?.key ?? "" },
  ];
  for (const place of places)
    for (const { nodes } of wantedViews(stateOf(seen, at(place))))
      expect([...nodes].sort()).toEqual(["p", "s"]);
});
