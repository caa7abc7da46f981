import { quoteIdentifier } from "../../postgres/identifier.ts";
import { printLsn } from "../../postgres/lsn.ts";
import { isOnOther, type ServerFacts } from "../../postgres/server.ts";
import { isUp } from "../../stats/health.ts";
import { hasUpTo, notReplayed } from "../../stats/replication/lag.ts";
import type { OperationRight } from "../../store/actions/operation.ts";
import type { NodeEntry } from "../../store/nodes.ts";
import { clusterOf } from "../../store/selectors.ts";
import { printBytes } from "../../text/pretty.ts";
import { isTypable } from "../actions/signal-question.ts";
import { isSuperuser, mayCall, type On, type Planned, type SqlOperation } from "./operation.ts";

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
  if (versionNum < 150000)
    return { sql: isSuperuser, lacks: `${role} is not a superuser`, fix: "log in as a superuser" };
  return {
    sql: `(${isSuperuser} or pg_catalog.pg_has_role('pg_checkpoint', 'usage'))`,
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

type Line = Planned["about"][number];

/** Whether a node is of the system of the standby; one whose system is not known is where it is of its cluster. */
function isSameSystem({ state, node, facts }: On, { name, facts: other }: NodeEntry): boolean {
  const system = facts.systemIdentifier;
  const otherSystem = other?.systemIdentifier ?? null;
  if (system !== null && otherSystem !== null) return system === otherSystem;
  const cluster = clusterOf(state, node.name);
  return cluster !== null && clusterOf(state, name) === cluster;
}

/** What is lost when this standby is promoted, and which other standby would lose less. */
function lossLines(on: On): readonly Line[] {
  const { state, node } = on;
  const here = node.pulse && hasUpTo(node.pulse);
  const others = Object.values(state.observed.nodes).filter(
    (other) => other.name !== node.name && isSameSystem(on, other) && !isSameServer(node, other),
  );
  const isPrimary = ({ facts }: NodeEntry) => facts?.inRecovery === false;
  const ofPrimary = [
    ...behindPrimary(node),
    ...others.filter(isPrimary).flatMap((other) => primaryLine(on, here, other)),
  ];
  return [
    ["received", hereText(node)],
    ...(ofPrimary.length > 0
      ? ofPrimary
      : [["primary", "how much more it had written is not known"] as const]),
    ...others.filter((other) => !isPrimary(other)).flatMap((other) => standbyLine(on, here, other)),
  ];
}

/** Another way to the same server. */
function isSameServer({ pulse }: NodeEntry, other: NodeEntry): boolean {
  const startedAt = pulse?.started_at ?? null;
  return startedAt !== null && startedAt === other.pulse?.started_at;
}

function hereText({ pulse }: NodeEntry): string {
  const upTo = pulse && hasUpTo(pulse);
  if (pulse === null || upTo === null) return "unknown";
  const waiting = notReplayed(pulse);
  if (waiting === null)
    return pulse.replay_lsn === null
      ? `up to ${printLsn(upTo)}, how much of it is replayed is unknown`
      : `unknown; replayed up to ${printLsn(upTo)}`;
  const rest = waiting === 0n ? "all of it replayed" : `${printBytes(waiting)} of it not replayed yet`;
  const paused = pulse.replay_paused === true ? "; replay is paused, which a promotion ends" : "";
  return `up to ${printLsn(upTo)}, ${rest}${paused}`;
}

/** By the clock of a primary that answers. */
function behindPrimary({ lag }: NodeEntry): readonly Line[] {
  if (lag?.bytes == null) return [];
  return [["not replayed", lag.bytes === 0n ? "nothing" : `${printBytes(lag.bytes)} of its primary's WAL`]];
}

/** Positions on two timelines are not of the same WAL. */
function otherTimeline({ facts }: On, { pulse, facts: others }: NodeEntry): number | null {
  const told = pulse?.timeline ?? null;
  const there = told === null ? others : { timeline: told };
  return there && isOnOther(facts, there) === true ? there.timeline : null;
}

/** How far a primary was when it answered last: what it wrote after that is not known. */
function primaryLine(
  on: On,
  here: bigint | null,
  { name, health, pulse, ...other }: NodeEntry,
): readonly Line[] {
  const wrote = pulse?.current_lsn ?? null;
  if (isUp(health) || wrote === null || here === null) return [];
  if (otherTimeline(on, { ...other, name, health, pulse }) !== null) return [];
  const when = `${name} had written up to ${printLsn(wrote)} when it answered last`;
  return wrote > here
    ? [["primary", `${when}, ${printBytes(wrote - here)} more`, "warning"]]
    : [["primary", `${when}, which is here`]];
}

function standbyLine(on: On, here: bigint | null, other: NodeEntry): readonly Line[] {
  const { name, health, facts, pulse } = other;
  const there = pulse && hasUpTo(pulse);
  const timeline = otherTimeline(on, other);
  const isTold = there !== null && here !== null && timeline === null;
  const more = isTold && there > here ? `${printBytes(there - here)} more` : null;
  if (!isUp(health)) {
    const last = more === null ? "" : `; when it answered last it had received ${more}`;
    const what = facts === null ? "which role it has and what it has received" : "what it has received";
    return [["other", `${name} does not answer: ${what} is not known${last}`, "warning"]];
  }
  if (timeline !== null)
    return [["other", `${name} is on timeline ${timeline}, this one on ${on.facts.timeline}`, "warning"]];
  if (!isTold) return [["other", `what ${name} has received is not known`, "warning"]];
  if (more !== null) return [["other", `${name} has received ${more}`, "warning"]];
  const less = here === there ? "as much" : `${printBytes(here - there)} less`;
  return [["other", `${name} has received ${less}`]];
}

/**
 * Why a primary of the same system may live, so that two would take writes after a promotion; null where nothing says so. A
 * system that is not known is that of the cluster.
 */
function primaryMayLive(on: On): string | null {
  const { state, node } = on;
  const primaries = Object.values(state.observed.nodes).filter(
    (other) => other.facts?.inRecovery === false && isSameSystem(on, other),
  );
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

function promotion(on: On, effect: Line): Planned {
  const { facts, node } = on;
  return {
    title: `Promote ${node.name} to primary`,
    about: [...lossLines(on), effect],
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
