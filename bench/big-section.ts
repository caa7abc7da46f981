import type { Scratch } from "../src/services/throwaway/scratch.ts";
import type { Options } from "./options.ts";
import type { Form } from "./program-forms.ts";
import { print, promiseTable, table } from "./results.ts";
import { type BigScreen, measureBigScreen } from "./rows/big-screen.ts";
import { sizes, startBigServer } from "./rows/big-server.ts";
import { measureViews, type ViewCost } from "./rows/big-views.ts";
import type { Promised } from "./verdict.ts";

/** What a server costs on which everything is many. */
export type Big = { readonly views: readonly ViewCost[]; readonly screen: BigScreen };

type Ground = {
  readonly scratch: Scratch;
  readonly form: Form;
  readonly options: Options;
  readonly say: (step: string) => void;
};

/** Makes a big server, asks it every view, and watches the program with it. */
export async function measureBig({ scratch, form, options, say }: Ground): Promise<Big> {
  say("making a big server");
  const server = await startBigServer(scratch);
  try {
    say("every view of the big server");
    const views = await measureViews(server);
    say("tables of all databases of the big server");
    const { command } = form;
    return { views, screen: await measureBigScreen({ command, home: scratch.directory, options }, server) };
  } finally {
    await server.stop();
  }
}

const shareOf = ({ serverMs, everyMs }: ViewCost) => serverMs / everyMs;

/** What is promised of it. */
export function bigPromises({ views, screen }: Big): Promised[] {
  const row = (measure: string, unit: string, target: number, measured: number): Promised => ({
    ...{ row: 20, measure, unit, target, measured },
  });
  const most = (value: (view: ViewCost) => number) => Math.max(...views.map(value));
  return [
    row("a view: its share of the server's time, the most of any", "x", 0.1, most(shareOf)),
    row(
      "a question: processor time of the server, the most of any view",
      "ms",
      500,
      most((view) => view.serverMs),
    ),
    row(
      "an answer: the largest of any view",
      "kB",
      256,
      most((view) => view.bytes / 1000),
    ),
    { ...row("execution and planning, the fleet on screen", "ms/min", 60, screen.fleetMs), row: 11 },
    row("tables of all databases: on screen", "ms", 20_000, screen.sweepMs),
    row("the same: sessions at once: two, and pool.databases", "", 5, screen.sessions),
    row("the same: share of the server's time, with logins", "x", 0.1, screen.share),
    { ...row("the same: pulses of the node", "Hz", 0.95, screen.pulseHz), atLeast: true },
    row("the same: statements of the fleet, of before", "x", 1.1, screen.statements),
    row("the same: key to changed screen, median", "ms", 16, screen.keys.median),
  ];
}

const heading = "## A big server";

/** Views that take less are many, and need no line each. */
const leastMs = 1;

/** The section of the page: promises, and the views that take most. */
export function bigSection(big: Big, machine: string, date: string): string {
  const dear = big.views
    .filter(({ serverMs }) => serverMs >= leastMs)
    .toSorted((a, b) => b.serverMs - a.serverMs);
  const figures = dear.map((view) => [
    view.view,
    print(view.serverMs),
    print(view.rows),
    print(view.bytes / 1000),
    print(view.everyMs / 1000),
    print(100 * shareOf(view)),
  ]);
  const number = (count: number) => count.toLocaleString("en");
  return `${heading}

${number(sizes.tables)} tables with their indexes, sequences and foreign keys, ${number(sizes.partitions)} partitions, ${number(sizes.statements)} statements and ${number(sizes.databases)} databases, on
${date}: ${machine}.

${promiseTable(bigPromises(big))}

One question of each view in the database of the tables, as pg_monitor: processor time of the server, and how often it is
asked while it is on screen. The other ${big.views.length - dear.length} views take less than ${leastMs} ms.

${table(["view", "server ms", "rows", "kB", "every s", "% of its time"], figures)}
`;
}

/** The page with this section instead of the one before, or before the comparison where it had none. */
export function withBigSection(page: string, section: string): string {
  const parts = page.split(/^(?=## )/m).filter((part) => !part.startsWith(heading));
  const at = parts.findIndex((part) => part.startsWith("## Compared"));
  return parts.toSpliced(at === -1 ? parts.length : at, 0, `${section}\n`).join("");
}
