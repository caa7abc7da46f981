import { expect, test } from "bun:test";
import { settingValues } from "../../src/views/settings/setting-values.ts";
import { judged, wordsOf } from "../support/rules/judged.ts";
import { facts, node, standby } from "../support/screens/fixtures.ts";

const setting = (name: string, value: string | null, boot_value = "") => ({
  ...{ name, value, boot_value, pending_restart: false, of_session: value === null },
});

type Settings = readonly ReturnType<typeof setting>[];

/** What is said of a standby with these settings below a primary with those. */
function told(here: Settings, there: Settings | null, readsAllSettings = true) {
  const nodes = [
    standby("orders-2", { facts: facts({ inRecovery: true, readsAllSettings }) }),
    node("orders-1", { facts: facts({ readsAllSettings: true }) }),
  ];
  const viewsOf = { "orders-1": there === null ? [] : ([[settingValues, there]] as const) };
  const look = { nodes, views: [[settingValues, here]] as const, viewsOf };
  return judged([look, look], { setting_drift: { forMs: 0 } });
}

const words = (...given: Parameters<typeof told>) => wordsOf("setting_drift", told(...given));

test("a standby with less of what it needs to replay is critical, and one with more is not", () => {
  const few = setting("max_connections", "50", "100");
  const many = setting("max_connections", "200", "100");
  expect(words([few], [many])).toEqual([
    "critical: max_connections is 50, and 200 on its primary orders-1: replay stops where it needs more [setting max_connections]",
  ]);
  // A server does not list what is at the default.
  expect(words([], [many])).toEqual([expect.stringMatching(/^critical: max_connections is 100, and 200 /)]);
  expect(words([many], [few])).toEqual([
    "warning: a setting differs from its primary orders-1: max_connections is 200, there 50 [node orders-2]",
  ]);
});

test("all else that differs is one warning, whatever its number", () => {
  const names = ["work_mem", "jit", "log_checkpoints", "wal_level", "archive_mode"];
  const here = names.map((name) => setting(name, "a", "d"));
  expect(words(here, [])).toEqual([
    "warning: 5 settings differ from its primary orders-1: archive_mode is a, there d; jit is a, there d; log_checkpoints is a, there d; 2 more [node orders-2]",
  ]);
  expect(words(here, here)).toEqual([]);
});

test("what is expected to differ, follows from the hardware, is hidden or of our session is not compared", () => {
  const names = ["port", "primary_conninfo", "data_directory", "synchronous_standby_names", "shared_buffers"];
  expect(
    words(
      names.map((name) => setting(name, "a", "d")),
      [],
    ),
  ).toEqual([]);
  expect(words([setting("statement_timeout", null)], [setting("statement_timeout", "5min")])).toEqual([]);
  expect(words([setting("local.key", "(hidden)")], [setting("local.key", "a")])).toEqual([]);
});

test("what a role may not see is not called the same or different", () => {
  const { unknowns, ...rest } = told([], [setting("session_preload_libraries", "a")], false);
  expect(wordsOf("setting_drift", { unknowns, ...rest })).toEqual([]);
  expect(unknowns).toContainEqual({
    kind: "view",
    reason: expect.stringMatching(/^settings of superusers are hidden: GRANT pg_monitor TO /),
    rules: ["pending_restart", "setting_drift"],
  });
  expect(words([setting("work_mem", "a")], null)).toEqual([]);
});
