import { isRefusedLogin, reasonOf } from "../postgres/node-error.ts";
import { isOnOther } from "../postgres/server.ts";
import { patroniPaused } from "../stats/discovery.ts";
import { isUp } from "../stats/health.ts";
import { commitsWait, commitsWaitText, waitUnknown } from "../stats/replication/commits-wait.ts";
import { primaryAbove } from "../stats/replication/replication.ts";
import { mayBeStandbys } from "../stats/replication/senders.ts";
import { foreignPrimary } from "../stats/replication/topology.ts";
import { printAge } from "../text/pretty.ts";
import { safeName } from "../text/text.ts";
import { replication, type WalSender } from "../views/replication/replication.ts";
import { pulseView } from "../views/server/pulse.ts";
import {
  clusterOf,
  failoverOf,
  isLost,
  isPausedWithoutPrimary,
  primaryBeside,
  relatives,
} from "./relatives.ts";
import {
  defineRule,
  type Found,
  found,
  type JudgedFleet,
  type JudgedNode,
  nothingFound,
  rowsOf,
} from "./rule.ts";

const itself = ({ name }: JudgedNode) => ({ subject: { kind: "node" as const, id: name }, opens: null });

export const nodeDown = defineRule({
  name: "node_down",
  about: "time since the node was last reachable",
  unit: "seconds",
  default: { warning: null, critical: 0, forMs: 0 },
  needs: [],
  atOnce: true,
  whileDown: true,
  find: (node, all) => {
    if (!isLost(node.health)) return nothingFound;
    const value = Math.floor((all.nowMs - node.health.sinceMs) / 1000);
    const { error } = node.health;
    const what = error && isRefusedLogin(error) ? "no login" : wasReached(node) ? "unreachable" : null;
    const words =
      what === null || value === 0
        ? ({ text: what ?? "never reached", figure: false } as const)
        : { text: `${what} for` };
    const why = error ? `: ${reasonOf(error)}` : "";
    return found({ ...itself(node), value, ...words, detail: `${why}${insteadOf(node, all)}` });
  },
});

const wasReached = ({ health, facts }: JudgedNode) => health.lastAnswerAtMs !== null || facts !== null;

/** Who does the work of a node that is down, as far as that is known; or why nobody will. */
function insteadOf(node: JudgedNode, all: JudgedFleet): string {
  const failover = failoverOf(node, all);
  if (failover) return `; ${failover.promotion}`;
  const primary = primaryBeside(node, all);
  if (primary) return `; ${safeName(primary.name)} is the primary of its cluster`;
  const cluster = clusterOf(node, all);
  return cluster && isPausedWithoutPrimary(cluster, all) ? `; ${patroniPaused}` : "";
}

export const splitBrain = defineRule({
  name: "split_brain",
  about: "another server of the same system answers as a primary too",
  unit: "state",
  default: { warning: null, critical: 1, forMs: 0 },
  needs: [pulseView],
  find: (node, all) => {
    const cluster = clusterOf(node, all);
    if (!cluster || node.facts?.inRecovery !== false) return nothingFound;
    if (!cluster.splitBrain.includes(node.name)) return unknownSystem(node, all);
    const others = cluster.splitBrain.flatMap((name) =>
      name === node.name ? [] : (all.nodes.get(name) ?? []),
    );
    const [other, another] = others;
    if (!other) return nothingFound;
    const asWhat = (one: JudgedNode) => promotionOf(one, node, all.nowMs);
    if (!another) {
      const text = `split brain: ${safeName(other.name)} is primary too`;
      return found({
        ...itself(node),
        value: 1,
        text,
        detail: asWhat(other)
          .map((word) => `, ${word}`)
          .join(""),
      });
    }
    const each = others.map((one) => {
      const words = asWhat(one).join(", ");
      return `${safeName(one.name)}${words === "" ? "" : ` (${words})`}`;
    });
    const text = `split brain: ${each.join(", ")} are primary too`;
    return found({ ...itself(node), value: 1, text });
  },
});

/** What tells the primary that was promoted from the one that was there before, as far as that is known. */
function promotionOf({ facts, promotedAtMs }: JudgedNode, from: JudgedNode, nowMs: number): string[] {
  const [timeline, own] = [facts?.timeline ?? null, from.facts?.timeline ?? null];
  const beside =
    timeline === null || own === null
      ? ""
      : timeline === own
        ? "same "
        : timeline > own
          ? "newer "
          : "older ";
  return [
    ...(timeline === null ? [] : [`on ${beside === "" ? "" : `the ${beside}`}timeline ${timeline}`]),
    ...(promotedAtMs === null ? [] : [`promoted ${printAge((nowMs - promotedAtMs) / 1000)} ago`]),
  ];
}

/** Two primaries in one cluster, and the control file of one may not be read: one system, or two. */
function unknownSystem(node: JudgedNode, all: JudgedFleet): Found {
  const members = clusterOf(node, all)?.members ?? [];
  const primaries = members
    .flatMap(({ name, sameAs }) => (sameAs === undefined ? (all.nodes.get(name) ?? []) : []))
    .filter(({ facts, health }) => isUp(health) && facts?.inRecovery === false);
  if (primaries.length < 2 || primaries.every(({ facts }) => facts?.systemIdentifier != null))
    return nothingFound;
  const reason =
    "two primaries in this cluster: system_identifier may not be read, so a split brain is not told";
  return { findings: [], unknown: [{ kind: "view", reason }] };
}

export const timelineDiverged = defineRule({
  name: "timeline_diverged",
  about: "a standby is on another timeline than its primary, which it cannot follow",
  unit: "state",
  default: { warning: null, critical: 1, forMs: 10_000 },
  needs: [pulseView],
  find: (node, all) => {
    const { facts, pulse } = node;
    // A standby that reads an archive comes to the newer timeline with the next segment, however late that is.
    if (facts?.inRecovery !== true || facts.timeline === null || pulse?.follows === false)
      return nothingFound;
    const primaries = relatives(node, all).filter(
      (other) => isUp(other.health) && other.facts?.inRecovery === false && other.facts.timeline !== null,
    );
    const cluster = clusterOf(node, all);
    const above = cluster ? primaryAbove(node.name, cluster) : [];
    const followed = primaries.filter(({ name }) => above.includes(name));
    const judged = followed.length > 0 ? followed : primaries;
    const isOn = judged.map((other) => other.facts && isOnOther(facts, other.facts));
    const [primary] = judged;
    if (!primary || isOn.includes(false)) return nothingFound;
    if (isOn.includes(null)) return { findings: [], unknown: [timelineUnknown] };
    const text = `is on timeline ${facts.timeline}, its primary ${safeName(primary.name)} on ${primary.facts?.timeline}`;
    return found({ subject: { kind: "standby", id: node.name }, opens: null, value: 1, text });
  },
});

const timelineUnknown = {
  kind: "view",
  reason: "its timeline is unknown: no WAL receiver that this role may see tells it",
} as const;

export const anotherSystem = defineRule({
  name: "another_system",
  about:
    "a standby is a copy of another system than the primary of its cluster, which it cannot follow or replace",
  unit: "state",
  default: { warning: 1, critical: null, forMs: 10_000 },
  needs: [pulseView],
  find: (node, all) => {
    const members = (clusterOf(node, all)?.members ?? []).flatMap(({ name }) => all.nodes.get(name) ?? []);
    const primary = foreignPrimary(node, members);
    if (!primary)
      return isSystemHidden(node, members) ? { findings: [], unknown: [systemUnknown] } : nothingFound;
    const text = `is a copy of another system than its primary ${safeName(primary.name)}`;
    const detail = ": make it anew from that, or name another cluster for it in the config";
    const subject = { kind: "standby", id: node.name } as const;
    return found({ subject, opens: null, value: 1, text, detail, short: { text, detail: "" } });
  },
});

/** Nodes without a cluster in the config are put together by their system, which is known then. */
const isSystemHidden = (node: JudgedNode, members: readonly JudgedNode[]) => {
  const primaries = members.filter(({ facts }) => facts?.inRecovery === false);
  const isHidden = ({ facts }: JudgedNode) => facts?.systemIdentifier == null;
  return node.facts?.inRecovery === true && primaries.length > 0 && [node, ...primaries].some(isHidden);
};

const systemUnknown = {
  kind: "view",
  reason: "system_identifier may not be read: whether it is a copy of its primary is not told",
} as const;

export const standbyMissing = defineRule({
  name: "standby_missing",
  about: "a standby of this server, or one that its commits wait for, does not stream from it",
  unit: "state",
  default: { warning: 1, critical: null, forMs: 10_000 },
  // Without the pulse: it would have one old list of WAL senders judged at each refresh.
  needs: [replication],
  find: (node, all) => {
    const sample = all.sample(replication, node.name);
    if (sample?.state !== "ok") return nothingFound;
    const senders = rowsOf(all, replication, node);
    const watched = watchedMissing(node, all, senders);
    const sync = syncMissing(node, senders);
    const findings = [
      ...watched.filter(({ subject }) => !sync.findings.some((one) => one.subject.id === subject.id)),
      ...sync.findings,
    ];
    return { findings, unknown: sync.unknown };
  },
});

const missing = (id: string, text: string) => ({
  subject: { kind: "standby" as const, id },
  opens: null,
  value: 1,
  text,
});

/** Standbys that we watch, last seen below this server, of which it has no WAL sender now. */
function watchedMissing(node: JudgedNode, all: JudgedFleet, senders: readonly WalSender[]) {
  const expected = standbysOf(node, all);
  // What never replays, such as pg_receivewal, is no standby.
  const connected = senders.filter(mayBeStandbys);
  // One that only we cannot reach streams all the same.
  if (connected.length >= expected.length) return [];
  const gone = expected.filter(
    ({ health, pulse }) => isLost(health) || (isUp(health) && pulse?.receiver === "none"),
  );
  return gone.map(({ name }) => missing(name, `standby ${safeName(name)} does not stream from here`));
}

/**
 * Below this server in the cluster's tree, each server once. One that does not tell its upstream belongs to its only
 * primary, where there is no other standby that it may follow.
 */
function standbysOf(node: JudgedNode, all: JudgedFleet): JudgedNode[] {
  const members = clusterOf(node, all)?.members ?? [];
  const once = members.filter(({ sameAs }) => sameAs === undefined);
  const primaries = once.filter(({ role }) => role === "primary");
  const isOnlyPrimary = primaries.length === 1 && primaries[0]?.name === node.name;
  return relatives(node, all).filter((standby) => {
    if (standby.facts?.inRecovery !== true || standby.pulse?.follows === false) return false;
    const member = once.find(({ name }) => name === standby.name);
    if (!member) return false;
    const { upstream } = member;
    if (upstream?.kind === "unwatched") return false;
    if (upstream?.kind === "node" || upstream?.kind === "configured") return upstream.name === node.name;
    const mayBeNodes = upstream === null ? isOnlyPrimary : upstream.name === node.name;
    // What was never reached may be a standby too.
    const mayRelay = relatives(standby, all).some(({ facts }) => facts?.inRecovery === true);
    return mayBeNodes && !mayRelay && once.every(({ role }) => role !== "unknown");
  });
}

/** synchronous_standby_names asks for more than there are: commits wait. */
function syncMissing({ pulse, facts }: JudgedNode, senders: readonly WalSender[]): Found {
  const waiting = pulse && facts ? commitsWait(pulse.sync_standbys, senders) : null;
  if (waiting === null) return nothingFound;
  if (waiting === "unknown") return { findings: [], unknown: [{ kind: "view", reason: waitUnknown }] };
  const text = commitsWaitText(waiting);
  return found(
    ...(waiting.absent.length > 0 ? waiting.absent : ["any"]).map((name) =>
      missing(name, `${text}${name === "any" ? "" : `, ${safeName(name)} is missing`}`),
    ),
  );
}
