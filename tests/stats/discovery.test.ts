import { expect, test } from "bun:test";
import {
  type Answer,
  afterAnswer,
  goneKeptMs,
  type Listing,
  listedNotes,
  listedOf,
  listingEvents,
  type Member,
  mostMembers,
  nothingListed,
  sameServers,
  watchedMembers,
} from "../../src/stats/discovery.ts";

const clockMs = Date.UTC(2026, 10, 27, 14, 2, 11);

function member(name: string, change: Partial<Member> = {}): Member {
  return {
    ...{ name, host: name, port: 5432, role: "replica", state: "streaming", timeline: 1, lagBytes: 0 },
    ...{ tags: [], pendingRestart: false, apiUrl: null },
    ...change,
  };
}

const leader = (name: string) => member(name, { role: "leader", state: "running" });

function answer(members: readonly Member[], change: Partial<Answer> = {}): Answer {
  return {
    ...{ source: "patroni", members, scope: "orders", paused: false, scheduledSwitchover: null, leftOut: [] },
    urls: ["http://a:8008"],
    timelines: null,
    ...change,
  };
}

const answered = (before: Listing, members: readonly Member[], nowMs: number, change: Partial<Answer> = {}) =>
  afterAnswer(before, { ok: true, answer: answer(members, change) }, nowMs, clockMs);
const failed = (before: Listing, nowMs: number, why = "connection refused") =>
  afterAnswer(before, { ok: false, why }, nowMs, clockMs);
const names = (listing: Listing) => watchedMembers(listing).map(({ name }) => name);
const told = (before: Listing, after: Listing) =>
  listingEvents(before, after).map((event) => `${event.member} ${event.severity} ${event.text}`);

const first = answered(nothingListed, [leader("a"), member("b")], 1000);

test("a failure keeps the members, and says since when the source fails", () => {
  const down = failed(failed(first, 11_000), 21_000, "no answer within 3 s");
  expect(names(down)).toEqual(["a", "b"]);
  expect(down.failing).toEqual({ sinceMs: 11_000, sinceClockMs: clockMs, why: "no answer within 3 s" });
  expect(told(first, failed(first, 11_000))).toEqual([
    "a warning discovery fails since 14:02:11Z, the members known last are kept: connection refused",
  ]);
  expect(told(failed(first, 11_000), down)).toEqual([]);
  const [a, b] = [listedOf(down, "orders", "a"), listedOf(down, "orders", "b")];
  if (!a || !b) throw new Error("both are listed");
  expect(listedNotes(a)).toEqual([
    "discovery fails since 14:02:11Z, the members known last are kept: no answer within 3 s",
  ]);
  expect(listedNotes(b)).toEqual([]);
  const up = answered(down, [leader("a"), member("b")], 31_000);
  expect(up.failing).toBeNull();
  expect(told(down, up)).toEqual(["a ok discovery answers again"]);
});

test("where no leader is listed the first member speaks for all", () => {
  const leaderless = answered(nothingListed, [member("a"), member("b")], 1000, { paused: true });
  const speakers = ["a", "b"].filter((name) => listedOf(leaderless, "orders", name)?.isSpeaker);
  expect(speakers).toEqual(["a"]);
  const [a] = [listedOf(failed(leaderless, 2000), "orders", "a")];
  expect(a && listedNotes(a)).toEqual([
    expect.stringContaining("discovery fails"),
    "Patroni is paused: nothing fails over by itself",
  ]);
});

test("a source that never answered lists nothing, and says so", () => {
  const down = failed(nothingListed, 0);
  expect(names(down)).toEqual([]);
  expect(told(nothingListed, down)).toEqual([]);
  expect(listedOf(down, "orders", "a")).toBeNull();
});

test("a member that vanishes is told, and watched for an hour more; one that comes back is itself", () => {
  const without = answered(first, [leader("a")], 11_000);
  expect(names(without)).toEqual(["a", "b"]);
  expect(sameServers(first, without)).toBe(true);
  expect(told(first, without)).toEqual(["b warning Patroni no longer lists it"]);
  expect(listedOf(without, "orders", "b")?.goneSinceMs).toBe(11_000);
  const still = answered(without, [leader("a")], 21_000);
  expect(told(without, still)).toEqual([]);
  expect(listedOf(still, "orders", "b")?.goneSinceMs).toBe(11_000);
  const back = answered(still, [leader("a"), member("b")], 31_000);
  expect(told(still, back)).toEqual(["b ok Patroni lists it"]);
  expect(listedOf(back, "orders", "b")?.goneSinceMs).toBeNull();
  const over = answered(still, [leader("a")], 11_000 + goneKeptMs);
  expect(names(over)).toEqual(["a"]);
  expect(sameServers(still, over)).toBe(false);
});

test("a member under another name, or at another address, is no second one", () => {
  expect(names(answered(first, [leader("a"), member("c", { host: "B" })], 2000))).toEqual(["a", "c"]);
  const moved = answered(first, [leader("a"), member("b", { port: 6000 })], 2000);
  expect(names(moved)).toEqual(["a", "b"]);
  expect(sameServers(first, moved)).toBe(false);
});

test("a source that lists others each time fills no list", () => {
  let listing = nothingListed;
  for (let round = 0; round < 20; round += 1) {
    const members = Array.from({ length: 40 }, (_, at) => member(`m${round}-${at}`));
    listing = answered(listing, members, round * 10_000);
    expect(watchedMembers(listing).length).toBeLessThanOrEqual(mostMembers);
  }
});

test("pause and a scheduled switchover are said by the leader", () => {
  const paused = answered(first, [leader("a"), member("b")], 2000, {
    paused: true,
    scheduledSwitchover: "at 03:00 to b",
  });
  expect(told(first, paused)).toEqual(["a warning Patroni was paused"]);
  expect(told(paused, first)).toEqual(["a ok Patroni was resumed"]);
  const [a, b] = [listedOf(paused, "orders", "a"), listedOf(paused, "orders", "b")];
  if (!a || !b) throw new Error("both are listed");
  expect(listedNotes(a)).toEqual([
    "Patroni is paused: nothing fails over by itself",
    "a switchover is scheduled at 03:00 to b",
  ]);
  expect(listedNotes(b)).toEqual([]);
});

test("the source that lists a member, or no longer does, is called by its name", () => {
  const dns = answered(nothingListed, [member("a", { role: null }), member("b", { role: null })], 1000, {
    source: "srv",
  });
  const without = answered(dns, [member("a", { role: null })], 2000, { source: "srv" });
  expect(told(dns, without)).toEqual(["b warning DNS no longer lists it"]);
  expect(told(without, dns)).toEqual(["b ok DNS lists it"]);
  const b = listedOf(without, "orders", "b");
  expect(b && listedNotes(b)).toEqual(["DNS no longer lists it"]);
  const other = answered(without, [member("c")], 3000, { source: "command" });
  expect(told(without, other)).toEqual([
    ...["c ok the command lists it", "a warning the command does not list it, DNS did"],
  ]);
  const later = answered(other, [member("c")], 4000, { source: "command" });
  for (const name of ["a", "b"]) {
    const listed = listedOf(later, "orders", name);
    expect(listed && listedNotes(listed)).toEqual(["the command does not list it, DNS did"]);
  }
  // Patroni's pause is not over because DNS says nothing of it.
  expect(told(answered(first, [leader("a"), member("b")], 2000, { paused: true }), dns)).toEqual([]);
});

test("a switchover makes no other nodes", () => {
  const after = answered(first, [member("a"), leader("b")], 2000);
  expect(sameServers(first, after)).toBe(true);
  expect(told(first, after)).toEqual([]);
});
