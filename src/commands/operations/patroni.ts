import { isLeader } from "../../stats/discovery.ts";
import { isUp } from "../../stats/health.ts";
import type { NodeEntry } from "../../store/nodes.ts";
import { printBytes } from "../../text/pretty.ts";
import { isTypable } from "../actions/signal-question.ts";
import { membersOf, type OnListed, type RestOperation, type SqlOperation } from "./operation.ts";

/** Patroni documentation, "Patroni REST API". It answers once the new leader is there, after twice its loop_wait at most. */
const changeMs = 120_000;
/** A restart waits for the checkpoint of the shutdown. */
const restartMs = 600_000;
const shortMs = 30_000;

const common = { views: ["patroni"], touches: "cluster" } as const;

const typed = (name: string, otherwise: string) => (isTypable(name) ? name : otherwise);

function leaderOf(on: OnListed): NodeEntry | null {
  return membersOf(on).find(({ listed }) => listed !== null && isLeader(listed.member)) ?? null;
}

/** Why a member cannot become the leader. */
function notCandidate({ listed: { member } }: OnListed): string | null {
  if (isLeader(member)) return "it is the leader";
  if (member.tags.includes("nofailover")) return "it has the tag nofailover";
  const { state } = member;
  if (state !== "running" && state !== "streaming" && state !== "in archive recovery")
    return `it is ${state ?? "in an unknown state"}`;
  return null;
}

const behind = ({ listed: { member } }: OnListed) =>
  member.lagBytes === null
    ? "unknown"
    : member.lagBytes === 0
      ? "nothing"
      : printBytes(BigInt(member.lagBytes));

const switchover: RestOperation = {
  ...common,
  name: "patroni-switchover",
  title: "Make the replica the leader, and its leader a replica",
  does: "switch over",
  refusal: (on) =>
    notCandidate(on) ??
    (leaderOf(on) === null ? "no leader is listed: patroni-failover is what is left" : null),
  plan: (on) => {
    const { urls, member } = on.listed;
    const leader = leaderOf(on)?.listed?.member.name ?? "";
    return {
      title: `Switch over from ${leader} to ${member.name}`,
      about: [
        ["behind", `${behind(on)}, as Patroni counted it`],
        ["effect", `${leader} is shut down and follows ${member.name}; all its sessions end`, "warning"],
      ],
      urls,
      member: null,
      method: "POST",
      path: "/switchover",
      body: JSON.stringify({ leader, candidate: member.name }),
      limitMs: changeMs,
      done: `switched over from ${leader} to ${member.name}`,
    };
  },
};

const failover: RestOperation = {
  ...common,
  name: "patroni-failover",
  title: "Make the replica the leader, where no leader answers",
  does: "fail over",
  refusal: (on) => {
    const leader = leaderOf(on);
    if (leader !== null && leader.name !== on.node.name && isUp(leader.health))
      return `its leader ${leader.name} answers: patroni-switchover`;
    return notCandidate(on);
  },
  plan: (on) => {
    const { urls, member } = on.listed;
    return {
      title: `Fail over to ${member.name}`,
      about: [
        ["behind", `${behind(on)}, as Patroni counted it`],
        ["effect", "what the leader wrote and this replica has not received is lost", "critical"],
      ],
      urls,
      member: null,
      method: "POST",
      path: "/failover",
      body: JSON.stringify({ candidate: member.name }),
      limitMs: changeMs,
      word: typed(member.name, "failover"),
      done: `failed over to ${member.name}`,
    };
  },
};

/** Why its own REST API cannot be told from that of another. */
function noApi(on: OnListed): string | null {
  const { apiUrl } = on.listed.member;
  if (apiUrl === null) return "Patroni gives no address of its REST API at a host that is known";
  const other = membersOf(on).find(
    ({ name, listed }) => name !== on.node.name && listed?.member.apiUrl === apiUrl,
  );
  return other
    ? `${other.name} has the same address ${apiUrl}: map both with their ports in addresses`
    : null;
}

/** Sent to the member itself. */
const toItself = ({ listed: { member, scope } }: OnListed) =>
  ({
    urls: member.apiUrl === null ? [] : [member.apiUrl],
    member: { name: member.name, scope, leads: isLeader(member) },
    method: "POST",
    body: null,
  }) as const;

const restart: RestOperation = {
  ...common,
  touches: "member",
  name: "patroni-restart",
  title: "Restart the member's PostgreSQL",
  does: "restart",
  refusal: noApi,
  plan: (on) => {
    const { member } = on.listed;
    return {
      title: `Restart PostgreSQL of ${member.name}, ${member.role ?? "of an unknown role"}`,
      about: [
        ...(member.pendingRestart ? [["pending", "settings wait for a restart"] as const] : []),
        [
          "effect",
          `all its sessions end${isLeader(member) ? "; nothing is written until it is up again" : ""}`,
          isLeader(member) ? "critical" : "warning",
        ],
      ],
      ...toItself(on),
      path: "/restart",
      limitMs: restartMs,
      done: `PostgreSQL of ${member.name} restarted`,
    };
  },
};

const reinit: RestOperation = {
  ...common,
  touches: "member",
  name: "patroni-reinit",
  title: "Remove the replica's data and copy them anew",
  does: "reinitialize",
  refusal: (on) => {
    if (isLeader(on.listed.member)) return "it is the leader";
    return leaderOf(on) === null ? "no leader is listed to copy from" : noApi(on);
  },
  plan: (on) => {
    const { member } = on.listed;
    return {
      title: `Reinitialize ${member.name}`,
      about: [["effect", "its data directory is removed, and copied from another member", "critical"]],
      ...toItself(on),
      path: "/reinitialize",
      limitMs: shortMs,
      word: typed(member.name, "reinit"),
      done: `reinitialization of ${member.name} has begun`,
    };
  },
};

/** @param pause null takes the key out of the configuration, as patronictl does */
function pausing(pause: true | null, { listed: { urls } }: OnListed) {
  return {
    urls,
    member: null,
    method: "PATCH",
    path: "/config",
    body: JSON.stringify({ pause }),
    limitMs: shortMs,
  } as const;
}

const pause: RestOperation = {
  ...common,
  name: "patroni-pause",
  title: "Pause Patroni: nothing fails over by itself",
  does: "pause",
  refusal: ({ listed }) => (listed.paused ? "it is paused" : null),
  plan: (on) => ({
    ...pausing(true, on),
    title: `Pause Patroni of ${on.listed.cluster}`,
    about: [["effect", "nothing fails over or is started by itself until it is resumed", "warning"]],
    done: `Patroni of ${on.listed.cluster} paused`,
  }),
};

const resume: RestOperation = {
  ...common,
  name: "patroni-resume",
  title: "Resume Patroni: it fails over by itself again",
  does: "resume",
  refusal: ({ listed }) => (listed.paused ? null : "it is not paused"),
  plan: (on) => ({
    ...pausing(null, on),
    title: `Resume Patroni of ${on.listed.cluster}`,
    about: [["effect", "members are started, demoted and promoted by itself again"]],
    done: `Patroni of ${on.listed.cluster} resumed`,
  }),
};

/** What Patroni does to its members. Meant for the rows of the view `patroni`. */
export const ofPatroni: readonly RestOperation[] = [switchover, failover, restart, reinit, pause, resume];

const leads =
  "it decides who leads: patroni-switchover, or patroni-failover where no leader answers, asks it for a new one";
const slotsKept =
  "it may drop this slot, since it keeps those that its members need, and those in slots and ignore_slots of its configuration";

/** What the user should know of Patroni before the server is asked for something past it. */
const pastPatroni: Readonly<Record<string, string>> = {
  promote: leads,
  "promote-anyway": leads,
  "pause-replay": "this pauses the replay of WAL alone; what pauses failover is patroni-pause",
  "reload-configuration": "it writes postgresql.conf from its own configuration (patronictl edit-config)",
  "create-physical-slot": slotsKept,
  "create-logical-slot": slotsKept,
};

/** The same operation, whose question says where Patroni manages the server. */
export function besidePatroni(operation: SqlOperation): SqlOperation {
  const hint = pastPatroni[operation.name];
  if (hint === undefined) return operation;
  return {
    ...operation,
    plan: (on, argument) => {
      const planned = operation.plan(on, argument);
      const { listed } = on.node;
      if (typeof planned === "string" || listed?.source !== "patroni" || listed.goneSinceMs !== null)
        return planned;
      const { scope, cluster, paused, failing } = listed;
      const state = failing ? ", does not answer now" : paused ? ", is paused" : "";
      const line = [
        "Patroni",
        `manages this server (${scope ?? cluster}${state}); ${hint}`,
        "warning",
      ] as const;
      return { ...planned, about: [line, ...planned.about] };
    },
  };
}
