import type { Measured } from "./measure-program.ts";
import type { Peer } from "./peer.ts";
import type { Findings } from "./promises.ts";
import { limitOf, type Promised, verdictOf } from "./verdict.ts";

export type Comparison = {
  readonly version: string;
  readonly idle: Peer;
  readonly busy: Peer;
};

export type Report = {
  readonly date: string;
  readonly machine: string;
  /** How it was measured, in a sentence. */
  readonly method: string;
  readonly findings: Findings;
  readonly promised: readonly Promised[];
  /** What a big server costs, as a section. */
  readonly big: string;
  /** Null where pg_activity is not installed. */
  readonly comparison: Comparison | null;
};

/** The page that is kept: promises with verdicts, what is missed, all figures, and the comparison. */
export function printResults({ date, machine, method, findings, promised, big, comparison }: Report): string {
  const missed = promised.filter((each) => verdictOf(each) === "missed");
  return `# What pgparade costs

Written by \`bun run bench\` on ${date}. ${method}

${machine}.

## Promises

A figure may be half as much again at most; beyond that it is missed, and the bench fails.

${promiseTable(promised)}

${missed.length === 0 ? "Nothing is missed." : `Missed: ${missed.map(({ row, measure }) => `${measure} (row ${row})`).join("; ")}.`}

## All figures

Medians. Sessions held are the most on any node, sessions opened the sum over all; statements, execution with
planning, and server CPU are per node.

${figures(findings)}

${big}
## Compared with pg_activity

${comparison === null ? "pg_activity was not installed, so nothing was compared." : compare(comparison, findings)}
`;
}

/** The promises with target, limit, figure and verdict, as a table for the terminal and the page alike. */
export function promiseTable(promised: readonly Promised[]): string {
  return table(
    ["row", "measure", "target", "limit", "measured", "verdict"],
    promised.map((each) => [
      String(each.row),
      each.measure,
      `${each.atLeast ? "≥" : "≤"} ${print(each.target)} ${each.unit}`.trim(),
      print(limitOf(each)),
      print(each.measured),
      verdictOf(each),
    ]),
  );
}

const figureHeadings = [
  "",
  "first frame ms",
  "data ms",
  "CPU s/min",
  "peak MB",
  "terminal B/s",
  "clears",
  "held",
  "opened/min",
  "statements/min",
  "exec+plan ms/min",
  "server CPU s/min",
  "quit ms",
];

function figureRow(name: string, { firstFrameMs, dataMs, quitMs, observed }: Measured): string[] {
  const { cpuSeconds, peakRssMb, bytesPerSecond, clears, held, opened } = observed;
  const { statements, serverMs, serverCpuSeconds } = observed;
  const client = [firstFrameMs, dataMs, cpuSeconds, peakRssMb, bytesPerSecond, clears];
  return [
    name,
    ...[...client, held, opened, statements, serverMs, serverCpuSeconds, quitMs].map((value) => print(value)),
  ];
}

function figures({ packaged, source, busy }: Findings): string {
  return table(figureHeadings, [
    figureRow("packaged, 1 node", packaged.one),
    figureRow("packaged, 10 nodes", packaged.ten),
    figureRow("packaged, 20 nodes", packaged.twenty),
    figureRow("packaged, 1 busy node", busy),
    figureRow("source, 1 node", source.one),
    figureRow("source, 10 nodes", source.ten),
    figureRow("source, 20 nodes", source.twenty),
  ]);
}

function compare({ version, idle, busy }: Comparison, { packaged, ...ours }: Findings): string {
  return `${version}, one refresh a second, on the same servers in the same run. Key to changed screen, median and worst:
${print(busy.keys.median)} and ${print(busy.keys.worst)} ms on a busy node; pgparade ${print(ours.keys.median)} and ${print(ours.keys.worst)} ms on 20 nodes.

${table(figureHeadings, [
  figureRow("pg_activity, 1 node", idle.measured),
  figureRow("pgparade, 1 node", packaged.one),
  figureRow("pg_activity, 1 busy node", busy.measured),
  figureRow("pgparade, 1 busy node", ours.busy),
])}

Twenty copies of pg_activity would take ${print(20 * idle.measured.observed.cpuSeconds)} s/min of CPU and ${print(20 * idle.measured.observed.peakRssMb)} MB;
pgparade takes ${print(packaged.twenty.observed.cpuSeconds)} s/min and ${print(packaged.twenty.observed.peakRssMb)} MB for twenty nodes.`;
}

export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, at) =>
    Math.max(heading.length, ...rows.map((row) => row[at]?.length ?? 0), 3),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => (at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join(" | ")} |`;
  const rule = `|${widths.map((width, at) => (at < 2 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  return [line(headings), rule, ...rows.map(line)].join("\n");
}

/** Three digits are all that such figures can carry. */
export function print(value: number): string {
  if (!Number.isFinite(value)) return "never";
  if (Math.abs(value) >= 100 || Number.isInteger(value)) return String(Math.round(value));
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}
