import type { Flags, Settings } from "../config/settings.ts";
import { reasonOf } from "../postgres/node-error.ts";
import { databaseHarm, holdsTemplate, printTls, type TlsState } from "../postgres/server.ts";
import { isUp } from "../stats/health.ts";
import type { AlertRule, Thresholds } from "../stats/thresholds.ts";
import { nodeNotes, roleOf } from "../store/selectors.ts";
import { safeName, safeText } from "../text/text.ts";
import { fleet } from "../views/server/fleet.ts";
import { type Reading, readAll, settingsFor } from "./headless.ts";
import { print, toJson } from "./output.ts";
import { drawTable } from "./show.ts";

type Status = "ok" | "warning" | "critical" | "unknown";

/** The monitoring plugins' convention. */
const exitCodes: Readonly<Record<Status, number>> = { ok: 0, warning: 1, critical: 2, unknown: 3 };

/**
 * Asks every node once and prints a line for each. Exit code 0 all well, 1 a warning threshold is passed,
 * 2 a critical one is or a node cannot be reached, 3 a threshold cannot be judged, or the command line or the config
 * is wrong.
 */
export async function check(
  targets: readonly string[],
  flags: Flags & { readonly format: "table" | "json" },
): Promise<number> {
  const settings = await settingsFor(flags, targets);
  if (typeof settings === "number") return settings;
  const readings = await readAll(settings, fleet, 0);
  const nodes = readings.map((reading) => lineOf(reading, settings));
  const status = worst(nodes.map((node) => node.status));
  if (flags.format === "json")
    await print(`${toJson({ schema: 1, at: new Date().toISOString(), status, nodes })}\n`);
  else await print(tableOf(nodes, settings));
  return exitCodes[status];
}

type Line = ReturnType<typeof lineOf>;

function lineOf({ entry, sample }: Reading, settings: Settings) {
  const { name, health, facts, alerts, unknowns } = entry;
  const own = settings.nodes.find((node) => node.name === name);
  const error = sample.state === "failed" ? sample.error : null;
  const role = roleOf(entry);
  return {
    name,
    cluster: own?.cluster ?? null,
    status: statusOf(entry, error !== null, own?.thresholds ?? null),
    state: health.state,
    role: role === "unknown" ? null : role,
    version: facts?.version ?? null,
    versionNum: facts?.versionNum ?? null,
    latencyMs: health.latencyMs === null ? null : Math.round(health.latencyMs * 10) / 10,
    startedAt: facts ? new Date(facts.startedAtMs).toISOString() : null,
    systemIdentifier: facts?.systemIdentifier ?? null,
    timeline: facts?.timeline ?? null,
    tls: facts?.tls ? tlsOf(facts.tls) : null,
    throughPooler: facts?.throughPooler ?? null,
    alerts: isUp(health) ? alerts.map(({ rule, severity, text }) => ({ rule, severity, text })) : [],
    unknown: unknowns.map(({ reason, rules }) => ({ reason, rules })),
    notes: notesOf(entry),
    error,
  };
}

/** What the screen says too, and what is no fault: others use the database that we are in. */
function notesOf(entry: Reading["entry"]): string[] {
  const { health, facts } = entry;
  const harm = facts && isUp(health) ? databaseHarm(facts) : null;
  return [...new Set([...nodeNotes(entry), ...(harm === null ? [] : [harm])])];
}

function tlsOf({ protocol, verified, expiresAtMs }: TlsState) {
  const certificateEndsAt = expiresAtMs === null ? null : new Date(expiresAtMs).toISOString();
  return { protocol, verified, certificateEndsAt };
}

function statusOf(
  { health, alerts, unknowns, facts }: Reading["entry"],
  failed: boolean,
  thresholds: Thresholds | null,
): Status {
  if (health.state === "warm-standby") return "ok";
  if (failed || !isUp(health)) return "critical";
  const counts = (rule: AlertRule) =>
    thresholds?.[rule].warning != null || thresholds?.[rule].critical != null;
  const isUnknown = unknowns.some(({ rules }) => rules.some(counts));
  // We ourselves are in the way there.
  if (facts && holdsTemplate(facts) && alerts.length === 0) return "warning";
  return alerts[0]?.severity ?? (isUnknown ? "unknown" : "ok");
}

function worst(statuses: readonly Status[]): Status {
  const order: readonly Status[] = ["critical", "warning", "unknown", "ok"];
  return statuses.length === 0 ? "unknown" : (order.find((status) => statuses.includes(status)) ?? "ok");
}

function tableOf(nodes: readonly Line[], look: Pick<Settings, "ascii">): string {
  const headers = ["STATUS", "NODE", "CLUSTER", "STATE", "ROLE", "VERSION", "LATENCY", "TLS", "WHY"];
  const rows = nodes.map((node) => [
    node.status,
    safeName(node.name),
    safeName(node.cluster ?? ""),
    node.state,
    node.role ?? "",
    safeText(node.version?.split(" ")[0] ?? ""),
    node.latencyMs === null ? "" : `${node.latencyMs} ms`,
    node.version ? printTls(node.tls) : "",
    safeText(whyOf(node)),
  ]);
  return drawTable(headers, [], rows, look);
}

function whyOf({ error, alerts, unknown, notes, state }: Line): string {
  if (!error)
    return [...alerts.map(({ text }) => text), ...unknown.map(({ reason }) => reason), ...notes].join("; ");
  if (state === "warm-standby") return `hot_standby: off: ${reasonOf(error)}`;
  return `${error.kind}: ${reasonOf(error)}${error.hint === null ? "" : ` (${error.hint})`}`;
}
