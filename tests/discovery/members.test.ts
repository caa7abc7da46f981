import { describe, expect, test } from "bun:test";
import { plainAnswer } from "../../src/discovery/members.ts";
import { membersIn } from "../../src/discovery/srv.ts";

function read(given: readonly unknown[]) {
  const outcome = plainAnswer("srv", given);
  if (!outcome.ok) throw new Error(outcome.why);
  return outcome.answer;
}

test("of a member that is only somewhere, all else is not known", () => {
  expect(read([{ name: "db1", host: "10.0.0.1" }])).toEqual({
    source: "srv",
    members: [
      {
        ...{ name: "db1", host: "10.0.0.1", port: 5432, role: null, state: null, timeline: null },
        ...{ lagBytes: null, tags: [], pendingRestart: false, apiUrl: null },
      },
    ],
    leftOut: [],
    ...{ scope: null, paused: false, scheduledSwitchover: null, timelines: null, urls: [] },
  });
});

test("what cannot be watched is left out and named", () => {
  const { members, leftOut } = read([
    { name: "a", host: "h1", port: "6000", role: "leader" },
    { name: "a", host: "h2" },
    { name: "b", host: "h1", port: 6000 },
    { name: "c" },
    { name: "d", host: "/tmp" },
    { name: "\u001b[2J", host: "h" },
    { name: "e", host: "h", port: 0 },
    { name: "\u001b[2J", host: "h", port: 0 },
    "f",
  ]);
  expect(members.map(({ name, host, port, role }) => [name, host, port, role])).toEqual([
    ["a", "h1", 6000, null],
    // Whose address that is can be said once it is mapped.
    ["b", "h1", 6000, null],
  ]);
  expect(leftOut).toEqual([
    ...["a second a", "c: no address", "d: no address"],
    ...["a member whose name cannot be shown as it is", "e: no usable port"],
    ...["a member without a usable port", "a member that is no map"],
  ]);
});

test("a list that is too long is refused whole", () => {
  const all = Array.from({ length: 51 }, (_, at) => ({ name: `m${at}`, host: "h", port: at + 1 }));
  expect(plainAnswer("srv", all)).toEqual({ ok: false, why: "more than 50 members" });
  expect(read(all.slice(1)).members).toHaveLength(50);
});

describe("SRV records", () => {
  const record = (name: string, port = 5432, priority = 0) => ({ name, port, priority });
  const told = (...records: ReturnType<typeof record>[]) =>
    membersIn(records).map(({ name, host, port }) => `${name} ${host} ${port}`);

  test("stand by priority, then by name, which is the host without its dot", () => {
    expect(told(record("b.example."), record("C.example", 1, 10), record("A.example.", 6000))).toEqual([
      ...["a.example a.example 6000", "b.example b.example 5432", "c.example c.example 1"],
    ]);
  });

  test("of several servers on a host have the port in their names", () => {
    expect(told(record("a", 5433), record("a", 5432), record("b"), record("b"))).toEqual([
      ...["a:5432 a 5432", "a:5433 a 5433", "b b 5432", "b b 5432"],
    ]);
  });

  test("that say that there is no server list none", () => {
    expect(told(record(".", 0), record("", 0))).toEqual([]);
  });
});
