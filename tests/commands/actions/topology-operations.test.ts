import { expect, test } from "bun:test";
import { commandFor } from "../../../src/commands/dispatch.ts";
import { makeTheme } from "../../../src/components/drawing/theme.ts";
import { footerLine } from "../../../src/components/Footer.tsx";
import { sitDown } from "../../support/screens/desk.ts";
import { cluster, node, observed, okSample } from "../../support/screens/fixtures.ts";
import { draw } from "../../support/screens/screens.tsx";

const subscription = {
  ...{ subname: "feed", datname: "shop", subslotname: "feed", subenabled: true, pid: 7, worker_seconds: 60 },
  ...{ copying: 0, apply_error_count: 0n, sync_error_count: 0n, suborigin: "none", owner: "postgres" },
};
const ofPglogical = {
  ...{ database: "copy", sub_name: "stream", status: "replicating", sub_enabled: true, unsynced: 0 },
  ...{ sub_slot_name: "pgl_copy_stream", sub_forward_origins: null, pid: 9, worker_seconds: 60 },
};
const sender = {
  ...{ pid: 8, backend_start: 1, application_name: "two", client_addr: "10.0.0.9", slot_name: null },
  ...{ slot_type: null, state: "streaming", sync_state: "async", replay_lsn: 100n },
};

/** On the topology of a node that subscribes to another one, which nobody watches, and serves a standby. */
function atTopology() {
  const seen = observed(
    [node("db-1", { actions: "all" })],
    [cluster("orders", [{ name: "db-1", depth: 0 }])],
    {
      subscription_workers: { "db-1": okSample([subscription]) },
      pglogical_subscriptions: { "db-1": okSample([ofPglogical]) },
      pglogical_origins: { "db-1": okSample([{ slot_name: ofPglogical.sub_slot_name }]) },
      replication: { "db-1": okSample([sender]) },
    },
  );
  const desk = sitDown(seen);
  desk.open({ kind: "view", view: "topology", scope: { kind: "all" } });
  desk.press("g");
  const to = (name: string) => {
    for (let at = 0; at < 10 && !desk.line?.includes(name); at += 1) desk.press("down");
    expect(desk.line).toContain(name);
  };
  return Object.assign(desk, { to, text: () => draw(desk.state()).join("\n") });
}

test("O on a subscription in the topology offers what it does in the subscriptions", () => {
  const desk = atTopology();
  desk.to("feed");
  desk.press("O");
  expect(desk.text()).toContain("feed on db-1");
  expect(desk.text()).toMatch(/enable-subscription +it is enabled/);
  desk.type("disable");
  desk.press("enter", "y");
  expect(desk.asked).toEqual([`disable-subscription on db-1: ALTER SUBSCRIPTION "feed" DISABLE`]);
});

test("so it does on a pglogical subscription", () => {
  const desk = atTopology();
  desk.to("stream");
  desk.press("O");
  desk.type("pglogical-disable");
  desk.press("enter");
  expect(desk.text()).toContain("Disable the pglogical subscription stream?");
  expect(desk.text()).toContain("select pglogical.alter_subscription_disable('stream', true)");
});

test("in its own view O names the pglogical subscription, and not its database", () => {
  const desk = atTopology();
  desk.open({ kind: "view", view: "pglogical_subscriptions", scope: { kind: "all" } });
  desk.press("g", "O");
  expect(desk.state().screen.overlay).toMatchObject({ kind: "operations", of: "stream on db-1" });
});

test("on the line of a node it offers what is done to the node alone", () => {
  const desk = atTopology();
  desk.to("node");
  desk.press("O");
  expect(desk.text()).toContain(" checkpoint ");
  expect(desk.text()).not.toContain("-subscription");
});

test("what receives and is not watched is another server: nothing can be done to it", () => {
  const desk = atTopology();
  desk.to("receiver");
  desk.press("O");
  expect(desk.state().screen.overlay).toBeNull();
  expect(desk.state().screen.notice).toBe("operations: not watched: a adds it");
});

test("on a cluster's heading the key is listed, and says what it is for", () => {
  const desk = atTopology();
  expect(desk.line).toContain("cluster");
  expect(commandFor("O", desk.state())?.name).toBe("operations");
  desk.press("O");
  expect(desk.state().screen.notice).toBe("operations: they are for a node: put the cursor on one");
});

test.each(["slots", "subscriptions", "topology"])("at 80 columns the keys of %s have it", (view) => {
  const desk = atTopology();
  const slot = { slot_name: "one", slot_type: "physical", database: null, active: false };
  const { observed: before } = desk.state();
  desk.observe({
    ...before,
    samples: { ...before.samples, replication_slots: { "db-1": okSample([slot]) } },
  });
  desk.open({ kind: "view", view, scope: { kind: "all" } });
  desk.press("g", "j");
  expect(footerLine(desk.state(), makeTheme("dark", { color: false, ascii: false }), 80)).toContain(
    " operations ",
  );
});
