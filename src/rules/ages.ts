import type { Finding } from "../stats/alerts.ts";
import { unknownSessions } from "../stats/unknown.ts";
import { safeName } from "../text/text.ts";
import { type HorizonHolder, horizon } from "../views/server/horizon.ts";
import { type DatabaseStatistics, databases } from "../views/storage/databases.ts";
import { keyOf } from "../views/view.ts";
import {
  databaseFindings,
  defineRule,
  found,
  type JudgedFleet,
  type JudgedNode,
  nothingFound,
  rowsOf,
} from "./rule.ts";

const million = 1_000_000;

export const horizonRule = defineRule({
  name: "horizon",
  about:
    "transactions since the oldest xmin, back to which VACUUM removes nothing; the alert names who holds it",
  unit: "count",
  default: { warning: 10 * million, critical: 100 * million, forMs: 0 },
  needs: [horizon],
  everyMs: 60_000,
  find: (node, all) => {
    const { pulse, facts } = node;
    if (all.sample(horizon, node.name)?.state !== "ok" || !pulse || !facts) return nothingFound;
    // A session that does not report what it does shows its xmin all the same.
    const unknown = unknownSessions({ ...pulse, untracked_sessions: 0 }, facts);
    const oldest = rowsOf(all, horizon, node).reduce<HorizonHolder | null>(
      (a, b) => (a && (a.age ?? 0n) >= (b.age ?? 0n) ? a : b),
      null,
    );
    return { findings: oldest ? [held(oldest)] : [], unknown };
  },
});

const kinds = { session: "backend", prepared: "backend", slot: "slot", standby: "standby" } as const;

function held(row: HorizonHolder): Finding {
  const holder = row.holder ?? "";
  const kind = Object.hasOwn(kinds, row.kind ?? "") ? (row.kind as keyof typeof kinds) : "session";
  const name = safeName(holder, 63);
  const who = {
    session: `pid ${name}`,
    prepared: `prepared ${name}`,
    slot: `slot ${name}`,
    standby: `standby ${name}`,
  };
  return {
    value: Number(row.age ?? 0n),
    subject: { kind: kinds[kind], id: holder },
    text: "horizon held back by",
    detail: ` transactions: ${who[kind]}`,
    opens: { view: horizon.name, key: keyOf(horizon, row) },
  };
}

/** An age that every database has, with the levels of both: a server that wraps around takes no writes at 2.1 G. */
function ofDatabases(text: string, ageOf: (row: DatabaseStatistics) => bigint | null) {
  return {
    unit: "count",
    default: { warning: 1000 * million, critical: 1600 * million, forMs: 0 },
    needs: [databases],
    everyMs: 60_000,
    find: (node: JudgedNode, all: JudgedFleet) =>
      found(
        ...databaseFindings(node, all, text, (row) => {
          const age = ageOf(row);
          return age === null ? null : Number(age);
        }),
      ),
  } as const;
}

export const xidAge = defineRule({
  name: "xid_age",
  about: "transactions since the oldest unfrozen one of a database; no writes at 2.1 G",
  ...ofDatabases("xid age", ({ xid_age }) => xid_age),
});

export const mxidAge = defineRule({
  name: "mxid_age",
  about: "multixacts since the oldest one of a database; no writes at 2.1 G",
  ...ofDatabases("multixact age", ({ mxid_age }) => mxid_age),
});
