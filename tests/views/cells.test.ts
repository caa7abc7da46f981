import { expect, test } from "bun:test";
import { activity } from "../../src/views/backends/activity.ts";
import { printValue } from "../../src/views/cells.ts";
import { replication } from "../../src/views/replication/replication.ts";
import { pulseView } from "../../src/views/server/pulse.ts";
import type { Row, View } from "../../src/views/view.ts";

const seen = { hidden_processes: 0, untracked_sessions: 0, in_recovery: false };
const client = { backend_type: "client backend", state: "idle in tx" };

test.each<[why: string, View, column: string, Row, cell: string]>([
  ["nothing runs in the transaction", activity, "query_seconds", client, ""],
  ["the session does not say what it does", activity, "query_seconds", { ...client, state: "disabled" }, "–"],
  ["the right to see it is missing", activity, "state_seconds", { backend_type: null }, "–"],
  ["an idle receiver has no lag", replication, "replay_lag", { state: "streaming" }, ""],
  ["no transaction is open", pulseView, "oldest_transaction", seen, ""],
  ["one may be open", pulseView, "oldest_transaction", { ...seen, hidden_processes: 2 }, "–"],
  [
    "a session may have one",
    pulseView,
    "oldest_idle_in_transaction",
    { ...seen, untracked_sessions: 1 },
    "–",
  ],
  ["a primary has no lag", pulseView, "lag_seconds", seen, ""],
  ["a standby's lag is not known", pulseView, "lag_seconds", { ...seen, in_recovery: true }, "–"],
  ["a count that is not known", activity, "leader_pid", client, "–"],
])("no value: %s", (_, view, column, row, cell) => expect<string>(printValue(view, column, row)).toBe(cell));
