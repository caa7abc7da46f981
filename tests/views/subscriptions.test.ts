import { expect, test } from "bun:test";
import { tableOf } from "../../src/store/table.ts";
import type { SubscriptionWorker } from "../../src/views/replication/subscription-workers.ts";
import { subscriptions } from "../../src/views/replication/subscriptions.ts";
import { node, observed, okSample } from "../support/screens/fixtures.ts";

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

const stateOf = (more: Partial<SubscriptionWorker>) => rowOf(worker(more))["state"];

test("a subscription goes on once its worker has lived for longer than one that fails", () => {
  expect(stateOf({})).toBe("applying");
  expect(stateOf({ copying: 2 })).toBe("copying");
  expect(stateOf({ worker_seconds: 3 })).toBe("starting");
  expect(stateOf({ pid: null, worker_seconds: null })).toBe("no worker");
  expect(stateOf({ subenabled: false, pid: null })).toBe("disabled");
});

test("errors tell one that fails, as long as no worker has lived since", () => {
  expect(stateOf({ pid: null, worker_seconds: null, apply_error_count: 3n })).toBe("failing");
  expect(stateOf({ worker_seconds: 1, sync_error_count: 1n })).toBe("failing");
  expect(stateOf({ apply_error_count: 3n })).toBe("applying");
});

test("where the age of a worker may not be seen it is not known to go on", () => {
  expect(stateOf({ worker_seconds: null })).toBe("unknown");
});

test("the publisher is the node that has its slot, and tells the lag", () => {
  const one = rowOf(worker(), { p: { slots: [slot(9)], senders: [sender(9, "feed")] } });
  expect(one).toMatchObject({ publisher: "p", lag_bytes: 500n, lag_seconds: 2 });
  const gone = rowOf(worker(), { p: { slots: [slot(null)] } });
  expect(gone).toMatchObject({ publisher: "p", lag_bytes: 500n, lag_seconds: null });
});

test("of several slots of one name it is that of the subscription's own name, or none", () => {
  const other = { slots: [slot(8)], senders: [sender(8, "another")] };
  const own = { slots: [slot(9)], senders: [sender(9, "feed")] };
  expect(rowOf(worker(), { o: other, p: own })["publisher"]).toBe("p");
  expect(rowOf(worker(), { o: other, p: other })["publisher"]).toBeNull();
  expect(rowOf(worker())["publisher"]).toBeNull();
});
