import type { Flags, Settings } from "../config/settings.ts";
import { isRefusedLogin, reasonOf } from "../postgres/node-error.ts";
import { databaseHarm, holdsTemplate, printTls, type TlsState } from "../postgres/server.ts";
import { allRules } from "../rules/all.ts";
import type { Rule } from "../rules/rule.ts";
import { isUp } from "../stats/health.ts";
import type { Unknown } from "../stats/unknown.ts";
import { nodeNotes, roleOf } from "../store/selectors.ts";
import { insteadOf } from "../text/nearest.ts";
import { safeName, safeText } from "../text/text.ts";
import { pulseView } from "../views/server/pulse.ts";
import { type Reading, readAll, type SourceState, settingsFor } from "./headless.ts";
import { complain, print, toJson } from "./output.ts";
import { drawTable } from "./show.ts";

type Status = "ok" | "warning" | "critical" | "unknown";

/** The monitoring plugins' convention. */
const exitCodes: Readonly<Record<Status, number>> = { ok: 0, warning: 1, critical: 2, unknown: 3 };

type CheckFlags = Flags & {
  readonly format: "table" | "json";
  /** Names of rules, with commas between them. */
  readonly rule?: string;
  readonly except?: string;
};

/**
 * Asks every node once, judges it by the rules of the screen and prints a line for each. Exit code 0 all well, 1 a
 * warning threshold is passed, 2 a critical one is or a node cannot be reached, 3 a threshold cannot be judged, or the
 * command line or the config is wrong. One look has no duration: a level counts at once, whatever its `for`.
 */
export async function check(targets: readonly string[], flags: CheckFlags): Promise<number> {
  // A rule may be one of the config.
  const setup = await settingsFor(flags, targets);
  if (typeof setup === "number") return setup;
  const judged = judgedBy(flags);
  if (typeof judged === "string") {
    complain(`pgparade check: ${judged}`);
    return exitCodes.unknown;
  }
  const { settings, listed } = setup;
  const readings = await readAll(settings, pulseView, { intervalMs: 0, judged, listed });
  const nodes = readings.map((reading) => lineOf(reading, settings, judged, flags));
  const sources = setup.sources.map((source) => ({ ...source, status: sourceStatus(source) }));
  const status = worst([...nodes, ...sources].map((one) => one.status));
  const ofSources = sources.length === 0 ? {} : { sources };
  if (flags.format === "json")
    await print(`${toJson({ schema: 1, at: new Date().toISOString(), status, nodes, ...ofSources })}\n`);
  else await print(tableOf(nodes, sources, settings));
  return exitCodes[status];
}

/** The rules that are judged, or what is wrong with the names. One alone is not repeated: it may be a TARGET. */
function judgedBy({ rule, except }: CheckFlags): readonly Rule[] | string {
  const names = allRules().map(({ name }) => name);
  const split = (list: string | undefined) => list?.split(",").map((name) => name.trim());
  const [wanted, refused] = [split(rule), split(except)];
  const isRule = (name: string) => names.some((one) => one === name);
  for (const list of [wanted ?? [], refused ?? []]) {
    const wrong = list.find((name) => !isRule(name));
    if (wrong === undefined) continue;
    const isOneOf = list.some(isRule) && /^[a-z_-]{1,40}$/.test(wrong);
    return `there is no ${isOneOf ? `rule ${wrong}` : "such rule"}${insteadOf(wrong, names)}`;
  }
  const judged = allRules().filter(
    ({ name }) => (wanted?.includes(name) ?? true) && !refused?.includes(name),
  );
  return judged.length > 0 ? judged : "no rule is left to judge by";
}

type Line = ReturnType<typeof lineOf>;
type SourceLine = SourceState & { readonly status: Status };

/** Members that are not known cannot be judged. */
const sourceStatus = ({ why }: SourceState): Status => (why === null ? "ok" : "unknown");

function lineOf(
  { entry, sample }: Reading,
  settings: Settings,
  judged: readonly Rule[],
  { rule: named }: CheckFlags,
) {
  const { name, health, facts, alerts } = entry;
  const unknowns = [...entry.unknowns, ...(named === undefined ? [] : tooSoon(entry, judged))];
  const own = settings.nodes.find((node) => node.name === name);
  const error = sample.state === "failed" ? sample.error : null;
  const role = roleOf(entry);
  return {
    name,
    cluster: own?.cluster ?? null,
    status: statusOf({ ...entry, unknowns }, error !== null, judged),
    state: health.state,
    role: role === "unknown" ? null : role,
    version: facts?.version ?? null,
    versionNum: facts?.versionNum ?? null,
    latencyMs: health.latencyMs === null ? null : Math.round(health.latencyMs * 10) / 10,
    startedAt: facts ? new Date(facts.startedAtMs).toISOString() : null,
    systemIdentifier: facts?.systemIdentifier ?? null,
    timeline: facts?.timelineAtLeast ? null : (facts?.timeline ?? null),
    tls: facts?.tls ? tlsOf(facts.tls) : null,
    throughPooler: facts?.throughPooler ?? null,
    alerts: alerts.map(({ rule, severity, text, subject }) => ({
      rule,
      severity,
      text,
      subject_kind: subject.kind,
      subject: subject.id,
    })),
    unknown: unknowns.map(({ reason, rules }) => ({ reason, rules })),
    notes: notesOf(entry),
    error,
  };
}

/** The notes of the screen, and a warning when our sessions get in the way of users of their database. */
function notesOf(entry: Reading["entry"]): string[] {
  const { health, facts } = entry;
  const harm = facts && isUp(health) ? databaseHarm(facts) : null;
  return [...new Set([...nodeNotes(entry), ...(harm === null ? [] : [harm])])];
}

function tlsOf({ protocol, verified, expiresAtMs }: TlsState) {
  const certificateEndsAt = expiresAtMs === null ? null : new Date(expiresAtMs).toISOString();
  return { protocol, verified, certificateEndsAt };
}

/** One look cannot judge a rule over time: such a rule is unknown when --rule names it, and is left out otherwise. */
function tooSoon({ health }: Reading["entry"], judged: readonly Rule[]): Unknown[] {
  const names = judged.filter(({ overTime }) => overTime).map(({ name }) => name);
  if (names.length === 0 || !isUp(health)) return [];
  const reason = `one look is too short for ${names.join(", ")}: see pgparade show alerts --interval 1min`;
  return [{ kind: "view", reason, rules: names }];
}

function statusOf(
  { health, alerts, unknowns, facts }: Pick<Reading["entry"], "health" | "alerts" | "unknowns" | "facts">,
  failed: boolean,
  judged: readonly Rule[],
): Status {
  if (health.state === "warm-standby") return "ok";
  // A node that is down is critical when node_down is judged; no other rule can be judged then.
  if (failed || !isUp(health))
    return judged.some(({ name }) => name === "node_down") ? "critical" : "unknown";
  // Our own session blocks CREATE DATABASE there.
  if (facts && holdsTemplate(facts) && alerts.length === 0) return "warning";
  return alerts[0]?.severity ?? (unknowns.some(({ rules: names }) => names.length > 0) ? "unknown" : "ok");
}

/** Worst first. */
const order: readonly Status[] = ["critical", "warning", "unknown", "ok"];

function worst(statuses: readonly Status[]): Status {
  return statuses.length === 0 ? "unknown" : (order.find((status) => statuses.includes(status)) ?? "ok");
}

function tableOf(
  nodes: readonly Line[],
  sources: readonly SourceLine[],
  look: Pick<Settings, "ascii">,
): string {
  const headers = ["STATUS", "NODE", "CLUSTER", "STATE", "ROLE", "VERSION", "LATENCY", "TLS", "WHY"];
  const sorted = nodes.toSorted((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
  const rows = sorted.map((node) => [
    node.status,
    safeName(node.name),
    safeName(node.cluster ?? ""),
    stateWord(node),
    node.role ?? "",
    safeText(node.version?.split(" ")[0] ?? ""),
    node.latencyMs === null ? "" : `${node.latencyMs} ms`,
    node.version ? printTls(node.tls) : "",
    safeText(whyOf(node)),
  ]);
  const unlisted = sources.flatMap(({ cluster, kind, status, why }) =>
    why === null ? [] : [[status, "", safeName(cluster), "", "", "", "", "", safeText(`${kind}: ${why}`)]],
  );
  return drawTable(headers, [], [...rows, ...unlisted], look);
}

/** One look tells of a node that it did not reach no more than that. */
function stateWord({ state, error }: Line): string {
  if (!error || (state !== "reconnecting" && state !== "error")) return state;
  return isRefusedLogin(error) ? "no login" : "not reached";
}

function whyOf({ error, alerts, unknown, notes, state }: Line): string {
  // An alert and an unknown may give the same reason.
  const reasons = [...alerts.map(({ text }) => text), ...unknown.map(({ reason }) => reason), ...notes];
  if (!error) return [...new Set(reasons)].join("; ");
  if (state === "warm-standby") return `hot_standby: off: ${reasonOf(error)}`;
  const why = `${error.kind}: ${reasonOf(error)}${error.hint === null ? "" : ` (${error.hint})`}`;
  // The error is said already: of node_down only its successor is added.
  const reason = reasonOf(error);
  const others = alerts.flatMap(({ rule, text }) => {
    if (rule !== "node_down") return [text];
    const successor = text.slice(text.indexOf(reason) + reason.length).replace(/^; /, "");
    return successor === "" ? [] : [successor];
  });
  return [why, ...others].join("; ");
}
