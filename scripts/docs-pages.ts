import viewExamples from "../docs/examples/views.json";
import { commands } from "../src/commands/all.ts";
import { operations } from "../src/commands/operations/all.ts";
import { viewAliases } from "../src/commands/views.ts";
import { holdTime, level } from "../src/config/values.ts";
import { isAnySchema, type NeededExtension } from "../src/postgres/extension.ts";
import { rules } from "../src/rules/all.ts";
import { views } from "../src/views/all.ts";
import { isCounter } from "../src/views/columns.ts";
import { pulseView } from "../src/views/server/pulse.ts";
import { type AnyColumn, printedColumns, type View } from "../src/views/view.ts";

/** What `pgparade show NAME` printed of a fleet, by the view's name; `bun run docs:examples` writes it. */
const examples: Readonly<Record<string, readonly string[]>> = viewExamples;

const generated = "<!-- Written by `bun run docs`. -->";
const sections = [
  "navigation",
  "view",
  "nodes",
  "actions",
  "operations",
  "connections",
  "application",
] as const;

/** docs/keys.md: every command with its keys, from the commands themselves. */
export function keysPage(): string {
  const parts = sections.map((section) => {
    const rows = commands
      .filter((command) => command.section === section && !/^node-[2-9]$/.test(command.name))
      .map(
        ({ name, keys, title }) =>
          `| ${name === "node-1" ? "`1` to `9`" : keysOf(keys) || `\`:${name}\``} | ${titleOf(name, title)} | \`${name}\` |`,
      );
    return [
      `## ${section[0]?.toUpperCase()}${section.slice(1)}`,
      "",
      "| keys | what | name |",
      "|---|---|---|",
      ...rows,
    ].join("\n");
  });
  return [
    "# Keys",
    generated,
    "`:` finds each by its name. A key that does not apply where you are does nothing; `?` lists those that do.",
    ...parts,
    "",
  ].join("\n\n");
}

const keysOf = (keys: readonly string[]) =>
  keys.map((key) => (key === "`" ? "`` ` ``" : `\`${key}\``)).join(" ");
const titleOf = (name: string, title: string) =>
  name === "node-1" ? "Node by its number in fleet order" : title;

/** docs/views.md: every view with its source and columns. */
export function viewsPage(): string {
  const intro =
    "Each is a screen and `pgparade show NAME`. Columns in italics are in JSON and CSV and in the row's detail only.";
  const counters = `A column of kind \`per second\` is a counter. On the screen and in tables, in a filter, in \`--sort\` and in a rule of the config
its name means the rate; \`NAME_per_second\` means the same there. In JSON and CSV the name holds the total as the server counts it, and
\`NAME_per_second\` the rate, null until there are two answers. A column for the total beside the rate is not printed there once more.`;
  return ["# Views", generated, intro, counters, ...views.map(section), ""].join("\n\n");
}

function section(view: View): string {
  const { name, title, source } = view;
  const where =
    view.kind === "asked" && view.runsOn !== "any" ? ` It is asked of a ${view.runsOn} only.` : "";
  const needs =
    view.kind === "asked" && view.needsExtension
      ? ` It needs the extension ${view.needsExtension.name} ${versionOf(view.needsExtension)}.`
      : "";
  const rows = printedColumns(view).map(([key, column]) => row(key, column));
  const [first = "", ...others] = examples[name] ?? [];
  // One that begins with its own command was seen on the screen.
  const command = first.startsWith("$ ") ? [] : [`$ pgparade show ${name}`];
  return [
    `## ${title}: \`${name}\``,
    "",
    `From ${source}.${where}${needs}`,
    ...(first === "" ? [] : ["", ...[...command, first, ...others].map((line) => `    ${line}`)]),
    "",
    "| column | kind | what |",
    "|---|---|---|",
    ...rows,
  ].join("\n");
}

const versionOf = (needed: NeededExtension) =>
  isAnySchema(needed) ? `${Object.keys(needed.sql)[0]} or newer, in any schema` : needed.major;

function row(name: string, column: AnyColumn): string {
  const { kind, about, since, hidden, header, totalOf } = column;
  const label = hidden ? `*${name}*` : `\`${name}\``;
  const from = since === undefined ? "" : ` (from ${Math.floor(since / 10000)})`;
  const inJson = totalOf === undefined ? "" : ` (\`${totalOf}\` in JSON)`;
  const shownKind = isCounter(column) ? "per second" : kind === "perSecond" ? "rate" : kind;
  return `| ${label} | ${shownKind} | ${about ?? header}${from}${inJson} |`;
}

const ruleIntro = `A rule is judged at each new sample: of the fleet view at every refresh, of another view as often as it is asked for.
An alert is raised when a level holds for two samples, and for as long as \`for\` says; it is taken back after three good
samples, two of a slow view. \`check\` and \`show alerts\` look once: there a level counts at once. What cannot be known neither
raises an alert nor takes it back: the foot of the alerts (\`!\`), the node's page, \`check\` and the notes of \`show alerts\` say which
rules that are, and why. Levels are set under \`thresholds\`, see [configuration](configuration.md).`;

/** docs/rules.md: every alert rule with its levels, from the rules themselves. */
export function rulesPage(): string {
  const rows = rules.map(
    ({ name, about, unit, below, default: { warning, critical, forMs }, needs, everyMs }) => {
      const { print } = level(unit);
      const source = needs.filter((view) => view !== pulseView).map((view) => `\`${view.name}\``);
      const when =
        source.length === 0 ? "each refresh" : `${source.join(", ")} every ${(everyMs ?? 0) / 1000}s`;
      const levels = [print(warning), print(critical), holdTime.print(forMs)].map((text) => `\`${text}\``);
      return `| \`${name}\` | ${levels.join(" | ")} | ${when} | ${about}${below ? "; less is worse" : ""} |`;
    },
  );
  const head = ["| rule | warning | critical | for | judged at | what |", "|---|---|---|---|---|---|"];
  return ["# Alert rules", generated, ruleIntro, [...head, ...rows].join("\n"), ""].join("\n\n");
}

/** src/config/custom/reserved-names.json: what means something behind `:`, so that no view of a config may be called so. */
export function reservedNames(): string {
  const called = commands.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
  const names = [...called, ...viewAliases, ...operations.map(({ name }) => name), "all", "node"];
  return `${JSON.stringify([...new Set(names)].sort(), null, 2)}\n`;
}

/** config.example.yaml with the rules' own defaults below `thresholds:` at the margin. */
export function withThresholds(example: string): string {
  const lines = rules.map(({ name, about, unit, default: { warning, critical, forMs } }) => {
    const { print } = level(unit);
    const levels = `{ warning: ${print(warning)}, critical: ${print(critical)}, for: ${holdTime.print(forMs)} }`;
    return `  ${`${name}:`.padEnd(24)}${levels.padEnd(48)}# ${about.split(/[:;]/)[0]}`;
  });
  return example.replace(/(?<=^thresholds:\n)(?: {2}.*\n)+/m, `${lines.join("\n")}\n`);
}
