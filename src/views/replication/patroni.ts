import { isLeader, type Listed, sharedText } from "../../stats/discovery.ts";
import { printAge } from "../../text/pretty.ts";
import { bool, bytes, hidden, integer, seconds, text, texts } from "../columns.ts";
import type { FleetNode } from "../fleet-node.ts";
import { defineConclusion } from "../view.ts";

/** The members of clusters that are discovered from Patroni, as it lists them. */
export const patroni = defineConclusion({
  name: "patroni",
  title: "Patroni",
  section: "replication",
  source: "Patroni's GET /cluster, see discover in the config",
  needs: [],
  none: "no cluster here is discovered from Patroni: see `discover` in docs/configuration.md",
  rowKey: ["name"],
  sortBy: "name",
  columns: {
    name: text("MEMBER", { required: true, priority: 0, maxWidth: 24, about: "its name in Patroni" }),
    role: text("ROLE", {
      priority: 0,
      maxWidth: 18,
      about:
        "leader, replica, sync_standby, quorum_standby or standby_leader; was leader of one no longer listed",
    }),
    state: text("STATE", {
      priority: 0,
      maxWidth: 24,
      about:
        "running, streaming, in archive recovery, starting, stopped or what failed; was running of one no longer listed",
      severity: (state, { gone_seconds }) => (gone_seconds !== null || isWell(state) ? "ok" : "warning"),
    }),
    timeline: integer("TLI", { priority: 3, about: "its timeline" }),
    lag_bytes: bytes("LAG BYTES", { priority: 1, about: "WAL behind the leader, as Patroni counts it" }),
    paused: bool("PAUSED", {
      priority: 2,
      about: "maintenance mode: nothing fails over by itself",
      severity: (paused) => (paused ? "warning" : "ok"),
    }),
    pending_restart: bool("RESTART", { priority: 3, about: "a restart is pending" }),
    tags: texts("TAGS", {
      priority: 3,
      maxWidth: 30,
      about: "what is set of nofailover, noloadbalance and so on",
    }),
    age: seconds("AGE", { priority: 2, about: "time since Patroni said so" }),
    problems: texts("ISSUE", {
      priority: 0,
      growsFrom: 30,
      about: "what is wrong with it, or with the source",
      severity: () => "warning",
    }),
    ...hidden({
      scope: text("SCOPE", { about: "what Patroni calls the cluster" }),
      scheduled_switchover: text("SWITCHOVER", { about: "when a switchover is scheduled, and between whom" }),
      host: text("HOST", { about: "where Patroni says that it listens" }),
      port: integer("PORT", { about: "its port there" }),
      gone_seconds: seconds("GONE", { about: "time since Patroni lists it no more" }),
      failing_seconds: seconds("FAILING", { about: "time since the source fails" }),
    }),
  },
  lacks: ({ role, gone_seconds }, column) =>
    column === "gone_seconds" ||
    column === "failing_seconds" ||
    (column === "lag_bytes" && (gone_seconds !== null || (typeof role === "string" && isLeader({ role })))),
  sign: ({ problems }) => (Array.isArray(problems) && problems.length > 0 ? "warning" : "ok"),
  isQuiet: ({ gone_seconds }) => gone_seconds !== null,
  opens: ({ node }) => ({ node: String(node), row: null }),
  rows: ({ nodes, nowMs }) =>
    nodes.flatMap((node) => (node.listed?.source === "patroni" ? [rowOf(node, node.listed, nowMs)] : [])),
});

const since = (moment: number | null, nowMs: number) =>
  moment === null ? null : Math.max(0, nowMs - moment) / 1000;

function rowOf({ name: node }: FleetNode, listed: Listed, nowMs: number) {
  const { member, scope, paused, scheduledSwitchover, answeredAtMs, failing, goneSinceMs } = listed;
  const { name, host, port, role, state, timeline, lagBytes, tags, pendingRestart } = member;
  const isGone = goneSinceMs !== null;
  // Another leads by then, and its lag would be read as one that is so now.
  const said = (word: string | null) => (isGone && word !== null ? `was ${word}` : word);
  return {
    ...{ node, name, role: said(role), state: said(state), timeline, paused, tags, scope, host, port },
    lag_bytes: lagBytes === null || isGone ? null : BigInt(lagBytes),
    pending_restart: pendingRestart,
    scheduled_switchover: scheduledSwitchover,
    age: since(answeredAtMs, nowMs),
    problems: problemsOf(listed, nowMs),
    gone_seconds: since(goneSinceMs, nowMs),
    failing_seconds: since(failing?.sinceMs ?? null, nowMs),
  };
}

/** Worst first. */
function problemsOf(listed: Listed, nowMs: number): readonly string[] {
  const { member, scheduledSwitchover, failing, goneSinceMs } = listed;
  const shared = sharedText(listed);
  const ago = (moment: number) => printAge(Math.max(0, nowMs - moment) / 1000);
  return [
    ...(goneSinceMs === null ? [] : [`not listed for ${ago(goneSinceMs)}`]),
    ...(failing ? [`Patroni has not answered for ${ago(failing.sinceMs)}: ${failing.why}`] : []),
    ...(shared === null ? [] : [shared]),
    ...(goneSinceMs === null && !isWell(member.state) ? [`is ${member.state ?? "in an unknown state"}`] : []),
    ...(scheduledSwitchover !== null && isLeader(member) ? [`switchover ${scheduledSwitchover}`] : []),
  ];
}

/** A standby is running, streaming or in archive recovery, a leader running. */
function isWell(state: string | null): boolean {
  return state === "running" || state === "streaming" || state === "in archive recovery";
}
