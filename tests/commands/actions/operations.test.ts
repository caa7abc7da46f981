import { describe, expect, test } from "bun:test";
import { overlayIf } from "../../../src/store/screen.ts";
import type { Observed } from "../../../src/store/store.ts";
import type { Slot } from "../../../src/views/replication/replication-slots.ts";
import { sitDown } from "../../support/screens/desk.ts";
import {
  cluster,
  facts,
  health,
  node,
  observed,
  okSample,
  pulse,
  standby,
} from "../../support/screens/fixtures.ts";
import { draw } from "../../support/screens/screens.tsx";

const slot = (more: Partial<Slot> & { readonly slot_name: string }) => ({
  ...{
    slot_type: "physical",
    plugin: null,
    database: null,
    temporary: false,
    active: false,
    active_pid: null,
  },
  ...{ retained: 3n * 1024n ** 3n, wal_status: "extended", restart_lsn: 1n, synced: null },
  ...more,
});

/** Nodes whose config allows everything. */
function day(
  slots: readonly ReturnType<typeof slot>[] = [],
  more: Parameters<typeof node>[1] = {},
): Observed {
  const nodes = [
    node("db-1", { actions: "all", ...more }),
    standby("db-2", { actions: "all", pulse: pulse({ in_recovery: true, replay_paused: false }) }),
  ];
  return observed(nodes, undefined, { replication_slots: { "db-1": okSample([...slots]) } });
}

function at(seen: Observed, ...keys: readonly string[]) {
  const desk = sitDown(seen, { rows: 30 });
  desk.press(...keys);
  return Object.assign(desk, {
    text: () => draw(desk.state()).join("\n"),
    question: () => overlayIf(desk.state().screen, "operation"),
    notice: () => desk.state().screen.notice,
  });
}

const atSlots = (seen: Observed) => {
  const desk = at(seen);
  desk.open({ kind: "view", view: "slots", scope: { kind: "all" } });
  return desk;
};

describe("O", () => {
  test("lists what can be done to a row and its node, and below it what cannot, with the reason", () => {
    const desk = atSlots(day([slot({ slot_name: "old" })]));
    desk.press("O");
    const lines = desk.text().split("\n");
    const line = (name: string) => lines.findIndex((text) => text.includes(` ${name} `));
    expect(line("drop-slot")).toBeGreaterThan(0);
    expect(line("checkpoint")).toBeGreaterThan(line("drop-slot"));
    expect(line("promote")).toBeGreaterThan(line("checkpoint"));
    expect(lines[line("promote")]).toContain("the server is a primary");
    desk.type("drop");
    desk.press("enter");
    expect(desk.question()?.plan).toMatchObject({
      sql: "select pg_catalog.pg_drop_replication_slot('old')",
    });
  });

  test("says for what is off why, and does nothing", () => {
    const desk = at(day(), "O");
    desk.type("promote");
    desk.press("enter");
    expect([desk.question(), desk.notice()]).toEqual([null, "promote: the server is a primary"]);
  });

  test.each([
    [{ actions: "signal" } as const, "the config says actions: signal"],
    [{ actions: "all", facts: null } as const, "the node does not answer"],
    [
      { actions: "all", facts: facts({ throughPooler: true }) } as const,
      "the node is reached through a pooler",
    ],
  ])("of a node that is %j says so of every operation", (more, why) => {
    const desk = at(day([], more), "O");
    expect(desk.text()).toContain(why);
    desk.type("checkpoint");
    desk.press("enter");
    expect([desk.question(), desk.notice()]).toEqual([null, expect.stringContaining(why)]);
  });
});

describe("drop-slot", () => {
  const dropping = (seen = day([slot({ slot_name: "old" })])) => {
    const desk = atSlots(seen);
    desk.press(":");
    desk.type("drop-slot");
    desk.press("enter");
    return desk;
  };

  test("shows the node, the slot, what it retains and the exact statement, and y sends it", async () => {
    const desk = dropping();
    for (const part of [
      "Drop the slot old?",
      "db-1 (primary)",
      "retains 3.0 GB, extended",
      "select pg_catalog.pg_drop_replication_slot('old')",
    ])
      expect(desk.text()).toContain(part);
    desk.press("y");
    expect(desk.asked).toEqual(["drop-slot on db-1: select pg_catalog.pg_drop_replication_slot('old')"]);
    await Promise.resolve();
    expect([desk.question(), desk.notice()]).toEqual([null, "db-1: slot old dropped"]);
  });

  test.each(["escape", "n", "enter", "space", "O"])("is not sent by %s", (no) => {
    const desk = dropping();
    desk.press(no, "y");
    expect([desk.question(), desk.asked]).toEqual([null, []]);
  });

  test.each([
    [{ active: true, active_pid: 77 }, "it is active: pid 77 streams from it"],
    [{ active: null }, "whether it is in use is unknown"],
    [{ temporary: true }, "it is temporary"],
  ])("is refused of a slot with %j", (more, why) => {
    const desk = dropping(day([slot({ slot_name: "old", ...more })]));
    expect([desk.question(), desk.notice()]).toEqual([null, expect.stringContaining(why)]);
  });

  test("is refused once its slot is in use, whatever was asked", () => {
    const desk = dropping();
    desk.observe(day([slot({ slot_name: "old", active: true, active_pid: 9 })]));
    desk.press("y");
    expect([desk.asked, desk.notice()]).toEqual([
      [],
      "drop-slot: it is active: pid 9 streams from it; nothing was sent",
    ]);
  });

  test("asks on production for the node's name, also where it became production meanwhile", () => {
    const desk = dropping();
    desk.observe(day([slot({ slot_name: "old" })], { production: true }));
    desk.press("y");
    expect([desk.asked, desk.notice()]).toEqual([[], expect.stringContaining("nothing was sent")]);
    desk.type("db-2");
    desk.press("enter");
    expect(desk.asked).toEqual([]);
    desk.press("ctrl-u");
    desk.type("db-1");
    desk.press("enter");
    expect(desk.asked).toHaveLength(1);
  });
});

test("an argument is asked for first, and a bad one is told", () => {
  const desk = at(day(), "O");
  desk.type("create-logical");
  desk.press("enter");
  expect(desk.text()).toContain("Create a logical replication slot?");
  desk.type("No Good");
  desk.press("enter");
  expect(desk.text()).toContain("the name of a slot has lower case letters, digits and _, 63 at most");
  expect(desk.asked).toEqual([]);
  desk.press("ctrl-u");
  desk.type("audit wal2json");
  expect(desk.text()).toContain("pg_create_logical_replication_slot('audit', 'wal2json')");
  desk.press("enter", "y");
  expect(desk.asked).toEqual([
    "create-logical-slot on db-1: select pg_catalog.pg_create_logical_replication_slot('audit', 'wal2json')",
  ]);
});

test("what is not permitted stays in the dialog with the GRANT", async () => {
  const operated = {
    kind: "notPermitted",
    why: "monitor may not",
    fix: "GRANT pg_checkpoint TO monitor",
  } as const;
  const desk = sitDown(day(), { operated });
  desk.press("O");
  desk.type("checkpoint");
  desk.press("enter", "y");
  await Promise.resolve();
  const text = draw(desk.state()).join("\n");
  expect(text).toContain("not permitted: monitor may not");
  expect(text).toContain("to permit it: GRANT pg_checkpoint TO monitor");
});

test.each(["promote", "prom"])("%s is refused while a primary of the same system answers", (typed) => {
  const desk = at(day(), "down", "O");
  desk.type(typed);
  desk.press("enter");
  expect([desk.question(), desk.notice()]).toEqual([
    null,
    "promote: its primary db-1 answers: stop the primary first (or promote-anyway)",
  ]);
});

test.each([
  [{ health: health("disconnected") }, "you disconnected its primary db-1, which may live"],
  [{ health: health("reconnecting") }, null],
])("a standby that receives nothing is promoted unless its primary may live: %j", (more, why) => {
  const seen = day([], more);
  const alone = standby("db-2", {
    actions: "all",
    pulse: pulse({ in_recovery: true, replay_paused: false, receiver: "none" }),
  });
  const desk = at({ ...seen, nodes: { ...seen.nodes, "db-2": alone } }, "down", "O");
  desk.type("promote");
  desk.press("enter");
  if (why === null) expect(desk.question()?.plan?.word).toBe("db-2");
  else expect(desk.notice()).toContain(why);
});

test.each([
  [{}, "db-3 has received 23 MB more"],
  [{ facts: facts({ inRecovery: true, timeline: 4 }) }, "db-3 is on timeline 4, this one on 3"],
  [{ health: health("reconnecting") }, "db-3 does not answer: what it has received is not known; when it"],
  [{ facts: null, pulse: null, health: health("error") }, "db-3 does not answer: which role it has and what"],
])("a promotion says what is received here, and of another standby that is %j: %s", (more, said) => {
  const standbyAt = (name: string, receive_lsn: bigint, timeline: number | null = null) =>
    standby(name, {
      ...{ actions: "all", lag: null },
      pulse: pulse({
        ...{ in_recovery: true, receiver: "none", replay_paused: false, current_lsn: null, timeline },
        ...{ receive_lsn, replay_lsn: 0x8bd_2d70n },
      }),
    });
  const members = ["db-1", "db-2", "db-3"].map((name) => ({ name, depth: 0 }));
  const seen = observed(
    [
      node("db-1", { health: health("reconnecting"), pulse: pulse({ current_lsn: 0xa46_0000n }) }),
      standbyAt("db-2", 0x8c5_db98n, 3),
      { ...standbyAt("db-3", 0xa36_b5a0n), ...more },
    ],
    [cluster("shop", members)],
  );
  const desk = at(seen, "down", "down", "O");
  desk.type("promote");
  desk.press("enter");
  const text = desk.text().replaceAll(/\s+/g, " ");
  expect(text).toContain("received up to 0/8C5DB98, 556 kB of it not replayed yet");
  expect(text).toContain("db-1 had written up to 0/A460000 when it answered last, 24 MB more");
  expect(text).toContain(said);
  expect(text).not.toContain("lag unknown");
});

test("a slot that was replaced by another of its name is asked about anew, also while the screen is held still", () => {
  const desk = atSlots(day([slot({ slot_name: "old" })]));
  desk.press("space", "O");
  desk.type("drop");
  desk.press("enter");
  const other = slot({ slot_name: "old", slot_type: "logical", plugin: "pgoutput", database: "shop" });
  desk.observe(day([other]));
  desk.press("y");
  expect([desk.asked, desk.notice()]).toEqual([[], expect.stringContaining("read it again")]);
  expect(desk.text()).toContain("logical (pgoutput) of database shop");
});

test("a slot is a copy on a standby alone, and not once that was promoted", () => {
  const copy = slot({ slot_name: "old", synced: true });
  const of = (seen: Observed) => {
    const desk = atSlots(seen);
    desk.press("O");
    return desk.text();
  };
  expect(of(day([copy]))).not.toContain("it is the copy");
  expect(of(day([copy], { facts: facts({ inRecovery: true }) }))).toContain("it is the copy of a slot");
});

test("on the smallest screen what is asked and how to answer stand there, and arrows show the rest", () => {
  const name = "debezium_orders_production_europe_west_1_cdc_v2";
  const desk = sitDown(day([slot({ slot_name: name })], { production: true }), { columns: 60, rows: 8 });
  const text = () => draw(desk.state()).join("\n");
  desk.open({ kind: "view", view: "slots", scope: { kind: "all" } });
  desk.press("O");
  desk.type("advance");
  desk.press("enter");
  desk.type("16/B0");
  expect(text()).toContain("up to: 16/B0");
  desk.press("enter");
  desk.type("db");
  expect(text()).toMatch(
    /Advance the slot[\s\S]*db-1 \(primary, production\)[\s\S]*Type db-1 to advance: db/,
  );
  desk.press("down", "down", "down", "down", "down", "down", "down", "down");
  expect(text()).toContain("its consumer never gets");
});
