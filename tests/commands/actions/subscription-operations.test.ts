import { expect, test } from "bun:test";
import { sitDown } from "../../support/screens/desk.ts";
import { node, observed, okSample } from "../../support/screens/fixtures.ts";
import { draw } from "../../support/screens/screens.tsx";

const feed = {
  ...{ subname: "feed", datname: "shop", subslotname: "feed", subenabled: false, pid: null },
  ...{ worker_seconds: null, copying: 0, apply_error_count: 0n, sync_error_count: 0n, owner: "postgres" },
};

/** On a subscription that is disabled, whose slot on another node is in this state. */
function atSubscription(wal_status: string, more: { readonly subname?: string } = {}) {
  const slot = { slot_name: "feed", slot_type: "logical", database: "orders", retained: 1n, wal_status };
  const nodes = [node("db-1", { actions: "all" }), node("db-2", { actions: "all" })];
  const seen = observed(nodes, undefined, {
    subscription_workers: { "db-1": okSample([{ ...feed, ...more }]) },
    replication_slots: { "db-2": okSample([slot]) },
  });
  const desk = sitDown(seen, { rows: 30 });
  desk.open({ kind: "view", view: "subscriptions", scope: { kind: "all" } });
  return Object.assign(desk, { text: () => draw(desk.state()).join("\n") });
}

const enabling = (wal_status: string) => {
  const desk = atSubscription(wal_status);
  desk.press("O");
  desk.type("enable-subscription");
  desk.press("enter");
  return desk.text().replaceAll(/\s+/g, " ");
};

test("the question before a subscription is enabled says what its slot has", () => {
  expect(enabling("extended")).toContain("its worker starts, and applies what its slot has kept");
  expect(enabling("lost")).toContain("its slot has lost its WAL: its worker fails until");
});

test.each([
  ["fe\ned", "its name has control characters: use psql"],
  ["fe\uFFFDed", "its name has bytes that are not UTF-8: use psql"],
])(
  "of one that is called %j the list says at once that its name cannot be sent, and stays",
  (subname, why) => {
    for (const name of ["enable-subscription", "skip-transaction"]) {
      const desk = atSubscription("extended", { subname });
      desk.press("O");
      expect(desk.text()).toMatch(new RegExp(`${name} +${why}`));
      desk.type(name);
      desk.press("enter");
      expect(desk.state().screen).toMatchObject({
        overlay: { kind: "operations" },
        notice: `${name}: ${why}`,
      });
    }
  },
);
