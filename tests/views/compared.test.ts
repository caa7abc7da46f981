import { describe, expect, test } from "bun:test";
import { nodeError } from "../../src/postgres/node-error.ts";
import { freshRows, pulseRow } from "../../src/store/fleet-samples.ts";
import { average, bool, epoch, integer, perSecond, text } from "../../src/views/columns.ts";
import { absentIn, compared, failedSample, lastAnswer, partsOf, withPart } from "../../src/views/compared.ts";
import type { Row } from "../../src/views/row.ts";
import type { OkSample, Sample } from "../../src/views/sample.ts";
import { pulseView } from "../../src/views/server/pulse.ts";
import { type AskedView, defineView, keyOf } from "../../src/views/view.ts";

const viewOf = (scope: AskedView["scope"]) =>
  defineView({
    name: "counted",
    title: "Counted",
    section: "server",
    source: "pg_stat_counted",
    scope,
    runsOn: "any",
    rowKey: ["name"],
    sortBy: "name",
    resetAt: "since",
    columns: {
      name: text("NAME"),
      n: perSecond("N/s"),
      level: integer("LEVEL"),
      since: text("SINCE"),
      own: bool("OWN"),
    },
    sql: { 100000: "select 1" },
  });
const view = viewOf("server");

const sample = (atMs: number, rows: readonly Row[], epoch = "1"): OkSample => ({
  state: "ok",
  rows,
  atMs,
  clockMs: 1_700_000_000_000 + atMs,
  epoch,
});
/** What is drawn: the counters as they came, which a compared row carries too, are left out. */
const drawn = (...of: Parameters<typeof compared>) =>
  compared(...of).map((row) => Object.fromEntries(Object.entries(row)));
const row = (n: bigint | null, more: Row = {}): Row => ({ name: "a", n, level: 7, since: "monday", ...more });

describe("a counter", () => {
  const now = sample(3000, [row(120n)]);

  test("is shown per second of the time between two samples", () => {
    const before = sample(1000, [row(100n)]);
    expect(drawn(view, now, before, "rate")).toEqual([row(null, { n: 10 })]);
  });

  test("is shown as what came to it since any earlier sample", () => {
    expect(drawn(view, now, sample(0, [row(20n)]), "delta")).toEqual([row(null, { n: 100 })]);
  });

  test.each([
    ["without an earlier sample", null],
    ["in a new row", sample(1000, [row(100n, { name: "b" })])],
    ["where it went back", sample(1000, [row(121n)])],
    ["where it was unknown", sample(1000, [row(null)])],
    ["after a restart, also where it went on", sample(1000, [row(100n)], "2")],
    [
      "after its statistics were reset, also where it is higher by now",
      sample(1000, [row(100n, { since: "sunday" })]),
    ],
    ["in no time", sample(3000, [row(100n)])],
  ])("is unknown %s", (_, before) => {
    for (const as of ["rate", "delta"] as const) expect(drawn(view, now, before, as)).toEqual([row(null)]);
  });
});

test("two samples are compared once, and again with another one", () => {
  const [now, before, mark] = [sample(3000, [row(9n)]), sample(2000, [row(5n)]), sample(1000, [row(1n)])];
  const rates = compared(view, now, before, "rate");
  expect(compared(view, now, before, "rate")).toBe(rates);
  expect(compared(view, now, mark, "rate")).toEqual(rates);
  expect(compared(view, now, mark, "rate")).not.toBe(rates);
  expect(now.rows).toEqual([row(9n)]);
});

test("samples that were compared one after another are forgotten once newer ones are shown", async () => {
  const made: WeakRef<OkSample>[] = [];
  let newest = sample(0, [row(0n)]);
  for (let second = 1; second <= 1000; second++) {
    const next = sample(1000 * second, [row(BigInt(second))]);
    compared(view, next, newest, "rate");
    made.push(new WeakRef(next));
    newest = next;
  }
  await Bun.sleep(0); // what a WeakRef was made of is kept until then
  Bun.gc(true);
  const kept = made.filter((ref) => ref.deref() !== undefined);
  expect(kept.length).toBeLessThan(100);
  expect(drawn(view, newest, null, "rate")).toEqual([row(null)]);
});

describe("the pulse's row", () => {
  const counted = (blks_hit: bigint, blks_read: bigint): Row => ({
    ...Object.fromEntries(Object.keys(pulseView.columns).map((name) => [name, null])),
    transactions: blks_hit,
    blks_hit,
    blks_read,
  });

  test("has the hit ratio of all answers that are kept, and the rate of the last two", () => {
    const pulses = [
      sample(0, [counted(0n, 0n)]),
      sample(1000, [counted(90n, 10n)]),
      sample(2000, [counted(90n, 10n)]),
    ];
    expect(pulseRow(pulses, null, null)).toMatchObject({ hit_ratio: 90, transactions: 0 });
    expect(pulseRow(pulses.slice(0, 1), null, null)).toMatchObject({ hit_ratio: null, transactions: null });
    expect(pulseRow([], null, null)).toBeNull();
  });

  test("has no hit ratio over a restart", () => {
    const pulses = [sample(0, [counted(0n, 0n)]), sample(1000, [counted(90n, 10n)], "2")];
    expect(pulseRow(pulses, null, null)).toMatchObject({ hit_ratio: null });
  });

  test("has the lag that other nodes' answers tell, and null on a primary", () => {
    const lag = { bytes: 5n, seconds: 2, atLeast: false, atMost: null, source: "lsn-clock" } as const;
    const pulses = [sample(0, [counted(0n, 0n)])];
    expect(pulseRow(pulses, null, lag)).toMatchObject({ lag_bytes: 5n, lag_seconds: 2 });
    expect(pulseRow(pulses, null, null)).toMatchObject({ lag_bytes: null, lag_seconds: null });
  });
});

describe("a view of each database", () => {
  const perDatabase = viewOf("database");
  const of = (database: string, atMs: number, n: bigint) => sample(atMs, [row(n, { database })]);
  const both = ["app", "shop"];
  const joined = (parts: Readonly<Record<string, Sample>>, among = both) =>
    Object.entries(parts).reduce<Sample | undefined>(
      (known, [database, part]) => withPart(known, database, part, among) ?? undefined,
      undefined,
    );
  const refused = failedSample(nodeError("privilege", "permission denied"), undefined);

  test("has its database in front, and in the key of its rows", () => {
    expect(Object.keys(perDatabase.columns).slice(0, 2)).toEqual(["database", "name"]);
    const [app, shop] = both.map((database) => keyOf(perDatabase, row(1n, { database })));
    expect(app).not.toBe(shop);
  });

  test("has the rows of all, each with rates over its own time", () => {
    const before = lastAnswer(joined({ app: of("app", 1000, 10n), shop: of("shop", 0, 10n) }));
    const now = lastAnswer(joined({ shop: of("shop", 2000, 30n), app: of("app", 2000, 20n) }));
    if (!now) throw new Error("no answer");
    expect(compared(perDatabase, now, before, "rate").map(({ database, n }) => [database, n])).toEqual([
      ["app", 10],
      ["shop", 10],
    ]);
  });

  test("keeps the rows of a database that fails now, and is no failure while another answers", () => {
    const failed = failedSample(nodeError("timeout", "late"), of("app", 1000, 10n));
    const sampled = joined({ app: failed, shop: of("shop", 2000, 30n) });
    expect(sampled?.state).toBe("ok");
    expect(lastAnswer(sampled)?.rows).toHaveLength(2);
    expect(freshRows(perDatabase, sampled, undefined)?.map(({ database }) => database)).toEqual(["shop"]);
  });

  test("fails where none answers, and names the database", () => {
    expect(joined({ app: refused, shop: refused })).toMatchObject({
      state: "failed",
      error: { message: "app: permission denied" },
      last: null,
    });
    expect(withPart(undefined, "app", null, both)).toBeNull();
  });

  test("is not there where no database has it, and knows what each said all the same", () => {
    const absent = { state: "notApplicable", why: "needs the extension x", isAbsent: true } as const;
    const closed = { state: "notApplicable", why: "accepts no connections" } as const;
    const neither = joined({ app: closed, shop: absent });
    expect(neither).toMatchObject({
      state: "notApplicable",
      why: "app: accepts no connections; needs the extension x",
    });
    expect(joined({ app: absent, shop: absent })).toMatchObject({ why: "needs the extension x" });
    expect([...partsOf(neither)]).toEqual([
      ["app", closed],
      ["shop", absent],
    ]);
    const one = withPart(neither, "shop", of("shop", 1000, 1n), both);
    expect([one?.state, absentIn(one).map(({ why }) => why)]).toEqual([
      "ok",
      ["app: accepts no connections"],
    ]);
    const other = withPart(joined({ app: absent, shop: absent }), "shop", refused, both);
    expect(absentIn(other).map(({ why }) => why)).toEqual(["shop: permission denied"]);
  });

  test("forgets what is not asked any more", () => {
    const sampled = joined({ app: of("app", 1000, 10n), shop: of("shop", 1000, 1n) });
    const left = withPart(sampled, "app", of("app", 2000, 20n), ["app"]) ?? undefined;
    expect([...partsOf(left).keys()]).toEqual(["app"]);
    expect(lastAnswer(left)?.rows).toHaveLength(1);
  });
});

const likeView = {
  name: "counted",
  title: "Counted",
  section: "server",
  source: "pg_stat_counted",
  scope: "server",
  runsOn: "any",
  rowKey: ["name"],
  sortBy: "name",
  sql: { 100000: "select 1" },
} as const;

test("a row that is new counts from zero where its counters began after the earlier answer", () => {
  const born = defineView({
    ...likeView,
    resetAt: "born",
    askedAt: "asked",
    columns: { name: text("NAME"), n: perSecond("N/s"), born: epoch("BORN"), asked: epoch("ASKED") },
  });
  const at = (name: string, n: bigint, since: number, asked: number) => ({ name, n, born: since, asked });
  const before = sample(1000, [at("a", 5n, 10, 100)]);
  const now = sample(3000, [at("a", 9n, 10, 102), at("new", 6n, 101, 102), at("known", 7n, 99, 102)]);
  expect(compared(born, now, before, "delta").map(({ n }) => n)).toEqual([4, 6, null]);
  expect(compared(born, now, before, "total").map(({ n }) => n)).toEqual([9, 6, 7]);
  expect(compared(born, now, before, "rate").map(({ n }) => n)).toEqual([2, 3, null]);
});

test("a counter of the whole node is compared with its own earlier figure, whatever row carries it", () => {
  const shared = defineView({
    ...likeView,
    resetAt: "born",
    askedAt: "asked",
    columns: {
      name: text("NAME"),
      all: perSecond("ALL/s", { ofNodeSince: "reset" }),
      ...{ born: epoch("BORN"), asked: epoch("ASKED"), reset: epoch("RESET") },
    },
  });
  const at = (name: string, all: bigint, born: number, reset = 1) => ({ name, all, born, asked: 100, reset });
  const before = sample(1000, [at("a", 1000n, 10)]);
  const rows = [at("a", 1006n, 10), at("born", 1006n, 101), at("known", 1006n, 99)];
  const grown = (now: readonly Row[], as: "delta" | "rate") =>
    compared(shared, sample(3000, now), before, as).map(({ all }) => all);
  expect(grown(rows, "delta")).toEqual([6, 6, 6]);
  expect(grown(rows, "rate")).toEqual([3, 3, 3]);
  expect(grown([at("a", 1006n, 101), at("new", 1006n, 101)], "delta")).toEqual([6, 6]);
  expect(grown([at("a", 1006n, 101, 101), at("new", 1006n, 101, 101)], "delta")).toEqual([null, null]);
});

test("a counter in pieces is shown in wholes, and what follows is of the compared counters", () => {
  const timed = defineView({
    ...likeView,
    columns: {
      name: text("NAME"),
      ms: perSecond("MS/s", { pieces: 1000 }),
      calls: perSecond("CALLS/s"),
      each: average("EACH", {
        follows: ({ ms, calls }) => (typeof ms === "number" && Number(calls) > 0 ? ms / Number(calls) : null),
      }),
    },
  });
  const at = (ms: bigint, calls: bigint) => ({ name: "a", ms, calls });
  const [before, now] = [sample(0, [at(1000n, 1n)]), sample(2000, [at(7000n, 4n)])];
  expect(compared(timed, now, before, "rate")).toMatchObject([{ ms: 3, calls: 1.5, each: 2 }]);
  expect(compared(timed, now, before, "delta")).toMatchObject([{ ms: 6, calls: 3, each: 2 }]);
  expect(compared(timed, now, null, "total")).toMatchObject([{ ms: 7, calls: 4, each: 1.75 }]);
  expect(compared(timed, now, null, "rate")).toMatchObject([{ ms: null, calls: null, each: null }]);
});
