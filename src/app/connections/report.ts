import { reasonOf } from "../../postgres/node-error.ts";
import { databaseHarm, printTls } from "../../postgres/server.ts";
import type { ConnectionReport, ConnectionStep } from "../../services/nodes/connection-test.ts";
import type { TestLine } from "../../store/connection-test.ts";
import { printAge } from "../../text/pretty.ts";
import { safeName } from "../../text/text.ts";

const steps = {
  tunnel: "SSH tunnel",
  connect: "connect",
  tls: "TLS",
  authentication: "authentication",
  query: "query",
} as const satisfies Record<ConnectionStep, string>;

/** A report in lines: the time of each step, then what the server and the role there are, then what is missing. */
export function reportLines(report: ConnectionReport): readonly TestLine[] {
  const { latencyMs } = report;
  const times = Object.entries(steps).flatMap(([step, label]) => {
    const ms = Object.entries(latencyMs).find(([name]) => name === step)?.[1];
    return ms === undefined ? [] : [plain(label, `${ms.toFixed(1)} ms`)];
  });
  if (report.ok) return [...times, ...serverLines(report), ...missingLines(report)];
  return [...times.filter(({ label }) => label !== steps[report.step]), ...failureLines(report)];
}

/** The report on one of several hosts, so short that all of them fit beside a form. */
export function hostLines({
  server,
  report,
}: {
  readonly server: string;
  readonly report: ConnectionReport;
}): readonly TestLine[] {
  const host = { label: "host", value: server, meaning: report.ok ? "ok" : "critical" } as const;
  if (!report.ok) return [host, ...failureLines(report)];
  const ms = Object.values(report.latencyMs).reduce((sum, one) => sum + one, 0);
  const told = serverLines(report).filter(({ label }) => !hostless.includes(label));
  return [host, plain("all steps", `${ms.toFixed(1)} ms`), ...told, ...missingLines(report)];
}

/** What a report on several hosts has no room for. */
const hostless: readonly string[] = ["started", "connections"];

function failureLines({ step, error }: Extract<ConnectionReport, { ok: false }>): readonly TestLine[] {
  const { hint } = error;
  return [
    { label: steps[step], value: reasonOf(error), meaning: "critical" },
    ...(hint ? [plain("", hint)] : []),
  ];
}

type Good = Extract<ConnectionReport, { ok: true }>;

function serverLines({ facts, rights }: Good): readonly TestLine[] {
  const started = new Date(facts.startedAtMs).toISOString().slice(0, 16).replace("T", " ");
  const up = printAge((Date.now() - facts.startedAtMs) / 1000);
  const becomes = facts.user === facts.sessionUser ? "" : ` as ${safeName(facts.user)}`;
  const harm = databaseHarm(facts);
  const as = facts.superuser ? "superuser" : rights.monitor ? "member of pg_monitor" : "not in pg_monitor";
  return [
    plain("version", facts.version),
    plain("started", `${started} UTC, ${up} ago`),
    plain("role", facts.inRecovery ? "standby" : "primary"),
    { label: "encryption", value: printTls(facts.tls), meaning: facts.tls?.verified ? "ok" : "plain" },
    {
      label: "logged in as",
      value: `${safeName(facts.sessionUser)}${becomes}, ${as}`,
      meaning: facts.superuser || rights.monitor ? "plain" : "warning",
    },
    plain("connections", `${rights.connections} of ${facts.maxConnections - facts.reservedConnections}`),
    ...(harm ? [{ label: "database", value: harm, meaning: "warning" } as const] : []),
    ...(facts.throughPooler ? [plain("reached", "through a pooler")] : []),
  ];
}

function missingLines({ rights }: Good): readonly TestLine[] {
  if (rights.missing.length === 0) return [{ label: "missing", value: "nothing", meaning: "ok" }];
  return rights.missing.map(({ what, without, fix }) => ({
    label: "missing",
    value: `${what} (${without}): ${fix}`,
    meaning: "warning",
  }));
}

function plain(label: string, value: string): TestLine {
  return { label, value, meaning: "plain" };
}
