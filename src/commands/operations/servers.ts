import { quoteIdentifier } from "../../postgres/identifier.ts";
import type { ServerFacts } from "../../postgres/server.ts";
import { isUp } from "../../stats/health.ts";
import type { OperationRight } from "../../store/actions/operation.ts";
import { clusterOf } from "../../store/selectors.ts";
import { printBytes } from "../../text/pretty.ts";
import { isTypable } from "../actions/signal-question.ts";
import { mayCall, type On, type Planned, type SqlOperation } from "./operation.ts";

const limitMs = 30_000;

const reload: SqlOperation = {
  name: "reload-configuration",
  title: "Reload the server's configuration files",
  does: "reload",
  views: null,
  role: "any",
  plan: ({ facts }) => ({
    title: "Reload the configuration",
    about: [
      ["effect", "postgresql.conf, pg_hba.conf and pg_ident.conf are read; some settings need a restart"],
    ],
    sql: "select pg_catalog.pg_reload_conf()",
    database: null,
    right: mayCall("pg_catalog.pg_reload_conf()", facts),
    limitMs,
    done: "configuration reloaded",
    answers: { unless: "the server could not signal its postmaster" },
  }),
};

const switchWal: SqlOperation = {
  name: "switch-wal",
  title: "Switch to a new WAL file",
  does: "switch",
  views: null,
  role: "primary",
  plan: ({ facts }) => ({
    title: "Switch to a new WAL file",
    about: [["effect", "the current file is ended, and archived where that is on"]],
    sql: "select pg_catalog.pg_switch_wal()",
    database: null,
    right: mayCall("pg_catalog.pg_switch_wal()", facts),
    limitMs,
    done: "WAL switched at",
    answers: { value: "shown" },
  }),
};

/** Superusers and, from 15, members of pg_checkpoint. */
function mayCheckpoint({ user, versionNum }: ServerFacts): OperationRight {
  const role = quoteIdentifier(user);
  const superuser = "pg_catalog.current_setting('is_superuser')::bool";
  if (versionNum < 150000)
    return { sql: superuser, lacks: `${role} is not a superuser`, fix: "log in as a superuser" };
  return {
    sql: `(${superuser} or pg_catalog.pg_has_role('pg_checkpoint', 'usage'))`,
    lacks: `${role} lacks the rights of pg_checkpoint`,
    fix: `GRANT pg_checkpoint TO ${role}${versionNum < 160000 ? ", which must inherit" : " WITH INHERIT TRUE"}`,
  };
}

const checkpoint: SqlOperation = {
  name: "checkpoint",
  title: "Write a checkpoint at once",
  does: "checkpoint",
  views: null,
  role: "any",
  plan: ({ facts }) => ({
    title: facts.inRecovery ? "Write a restartpoint at once" : "Write a checkpoint at once",
    about: [
      ["effect", "all changed pages are written as fast as the disks can, which others feel", "warning"],
    ],
    sql: "CHECKPOINT",
    database: null,
    right: mayCheckpoint(facts),
    limitMs: 600_000,
    done: facts.inRecovery ? "restartpoint written" : "checkpoint written",
  }),
};

const pause: SqlOperation = {
  name: "pause-replay",
  title: "Pause the standby's replay",
  does: "pause",
  views: null,
  role: "standby",
  refusal: ({ node }) => (node.pulse?.replay_paused === true ? "it is paused" : null),
  plan: ({ facts }) => ({
    title: "Pause replay",
    about: [["effect", "queries see no change from now on, and WAL piles up until it is resumed", "warning"]],
    sql: "select pg_catalog.pg_wal_replay_pause()",
    database: null,
    right: mayCall("pg_catalog.pg_wal_replay_pause()", facts),
    limitMs,
    done: "pause of replay requested",
  }),
};

const resume: SqlOperation = {
  name: "resume-replay",
  title: "Resume the standby's replay",
  does: "resume",
  views: null,
  role: "standby",
  refusal: ({ node }) => (node.pulse?.replay_paused === false ? "it is not paused" : null),
  plan: ({ facts }) => ({
    title: "Resume replay",
    about: [["effect", "WAL that has piled up is replayed; queries that hold it up may be cancelled"]],
    sql: "select pg_catalog.pg_wal_replay_resume()",
    database: null,
    right: mayCall("pg_catalog.pg_wal_replay_resume()", facts),
    limitMs,
    done: "replay resumed",
  }),
};

const promotionSeconds = 60;

/**
 * Why a primary of the same system may live, so that two would take writes after a promotion; null where nothing says so. A
 * system that is not known is that of the cluster.
 */
function primaryMayLive({ state, node, facts }: On): string | null {
  const { systemIdentifier: system } = facts;
  const cluster = clusterOf(state, node.name);
  const primaries = Object.values(state.observed.nodes).filter(({ name, facts: other }) => {
    if (other === null || other.inRecovery) return false;
    if (system === null || other.systemIdentifier === null)
      return cluster !== null && clusterOf(state, name) === cluster;
    return other.systemIdentifier === system;
  });
  const answering = primaries.find(({ health }) => isUp(health));
  if (answering) return `its primary ${answering.name} answers`;
  const receiver = node.pulse?.receiver ?? null;
  if (receiver === null) return "whether it receives WAL is unknown";
  if (receiver === "streaming") return "it streams WAL from a server that lives";
  const left = primaries.find(({ health }) => health.state === "disconnected");
  return left ? `you disconnected its primary ${left.name}, which may live` : null;
}

/** 12 takes a promotion while replay is paused, and does it whenever that is resumed. */
function heldUp({ node, facts }: On): string | null {
  const isPaused = facts.versionNum < 130000 && node.pulse?.replay_paused !== false;
  return isPaused ? "replay is paused: resume-replay first" : null;
}

function promotion({ facts, node }: On, effect: Planned["about"][number]): Planned {
  const { lag } = node;
  const behind = lag?.bytes == null ? "lag unknown" : lag.bytes === 0n ? "nothing" : printBytes(lag.bytes);
  return {
    title: `Promote ${node.name} to primary`,
    about: [["not replayed", behind], effect],
    sql: `select pg_catalog.pg_promote(true, ${promotionSeconds})`,
    database: null,
    right: mayCall("pg_catalog.pg_promote(boolean, integer)", facts),
    limitMs: (promotionSeconds + 10) * 1000,
    word: isTypable(node.name) ? node.name : "promote",
    done: "promoted",
    answers: { unless: `it was not a primary after ${promotionSeconds} s` },
  };
}

const promote: SqlOperation = {
  name: "promote",
  title: "Promote the standby to primary",
  does: "promote",
  views: null,
  role: "standby",
  since: 12,
  refusal: (on) => {
    const why = primaryMayLive(on);
    return why === null ? heldUp(on) : `${why}: stop the primary first (or promote-anyway)`;
  },
  plan: (on) =>
    promotion(on, ["effect", "it leaves its primary for good and begins a timeline of its own", "warning"]),
};

const promoteAnyway: SqlOperation = {
  name: "promote-anyway",
  title: "Promote the standby although its primary may live",
  does: "promote",
  views: null,
  role: "standby",
  since: 12,
  refusal: (on) =>
    primaryMayLive(on) === null ? "its primary is not known to live: use promote" : heldUp(on),
  plan: (on) =>
    promotion(on, [
      "effect",
      `two primaries may take writes then: ${primaryMayLive(on) ?? "none is known to live"}`,
      "critical",
    ]),
};

export const ofServers: readonly SqlOperation[] = [
  pause,
  resume,
  promote,
  promoteAnyway,
  reload,
  switchWal,
  checkpoint,
];
