import { expect, test } from "bun:test";
import { readFacts, withRole } from "../../src/postgres/server.ts";

const good = {
  version: "18.4",
  version_num: "180004",
  backend_pid: "7",
  in_recovery: "f",
  is_template: "f",
  is_shared: "f",
  started_at_us: "1795696836428123",
  database: "postgres",
  user: "monitor",
  login: "monitor",
  superuser: "f",
  reads_all_stats: "t",
  reads_all_settings: "f",
  signals_backends: "f",
  max_connections: "100",
  reserved_connections: "3",
  own_port: "5432",
  extensions: '{"plpgsql":{"version":"1.0","schema":"pg_catalog"}}',
};
const read = (change: Record<string, string | null>) => readFacts({ ...good, ...change }, null, 7);

test("facts are read, without those that a role may not see", () => {
  expect(read({})).toMatchObject({ versionNum: 180004, systemIdentifier: null, timeline: null });
  expect(read({ own_host: "10.0.0.1" })).toMatchObject({ ownHost: "10.0.0.1", ownPort: 5432 });
  expect(read({}).ownHost).toBeNull();
  expect(read({ extensions: null }).extensions.size).toBe(0);
  expect(read({ backend_pid: "8" }).throughPooler).toBe(true);
  // Two servers that were started in one millisecond are two.
  expect(read({ started_at_us: "1795696836428124" }).startedAtMs).not.toBe(read({}).startedAtMs);
});

test.each(Object.keys(good).filter((name) => name !== "extensions"))("there are none without %s", (name) => {
  expect(() => read({ [name]: null })).toThrow(new RangeError(`${name} is missing`));
  const { [name as "version"]: _, ...rest } = good;
  expect(() => readFacts(rest, null, 7)).toThrow(new RangeError(`${name} is missing`));
});

test.each([
  { version_num: "-1" },
  { version_num: "18.4" },
  { max_connections: "-100" },
  { started_at_us: "9".repeat(20) },
  { timeline: "-1" },
  { in_recovery: "maybe" },
  { superuser: "on" },
  { extensions: '{"a":1}' },
  { extensions: '{"a":{"version":1,"schema":"b"}}' },
  { extensions: "[null]" },
  { extensions: "{" },
])("no server says %p of itself", (change) => {
  expect(() => read(change)).toThrow();
});

test("a timeline that was told is at least that once the standby replays on without a receiver", () => {
  const standby = read({ in_recovery: "t", timeline: "1" });
  const seen = (timeline: number | null, upTo: bigint, restores = timeline === null) => ({
    ...{ inRecovery: true, timeline, upTo, restores },
  });
  const streamed = withRole(standby, seen(1, 100n));
  const stopped = withRole(streamed, seen(null, 100n));
  expect(stopped).toMatchObject({ timeline: 1, timelineAtLeast: false });
  expect(withRole(streamed, seen(null, 110n, false)).timelineAtLeast).toBe(false);
  const restored = withRole(stopped, seen(null, 200n));
  expect(restored).toMatchObject({ timeline: 1, timelineAtLeast: true });
  expect(withRole(restored, seen(null, 300n))).toBe(restored);
  expect(withRole(restored, seen(2, 300n))).toMatchObject({ timeline: 2, timelineAtLeast: false });
  const vague = read({ in_recovery: "t", timeline: "1", timeline_at_least: "t" });
  expect(withRole(vague, seen(null, 100n))).toMatchObject({ timeline: 1, timelineAtLeast: true });
});
