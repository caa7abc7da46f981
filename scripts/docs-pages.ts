import { commands } from "../src/commands/all.ts";
import { views } from "../src/views/all.ts";
import type { AnyColumn, View } from "../src/views/view.ts";

const generated = "<!-- Written by `bun run docs`. -->";
const sections = ["navigation", "view", "nodes", "connections", "application"] as const;

/** docs/keys.md: every command with its keys, from the commands themselves. */
export function keysPage(): string {
  const parts = sections.map((section) => {
    const rows = commands
      .filter((command) => command.section === section && !/^node-[2-9]$/.test(command.name))
      .map(
        ({ name, keys, title }) =>
          `| ${name === "node-1" ? "`1` to `9`" : keysOf(keys)} | ${titleOf(name, title)} | \`${name}\` |`,
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
  return ["# Views", generated, intro, ...views.map(section), ""].join("\n\n");
}

function section(view: View): string {
  const { name, title, source, columns } = view;
  const where =
    view.kind === "asked" && view.runsOn !== "any" ? ` It is asked of a ${view.runsOn} only.` : "";
  const rows = Object.entries(columns).map(([key, column]) => row(key, column));
  return [
    `## ${title}: \`${name}\``,
    "",
    `From ${source}.${where}`,
    "",
    "| column | kind | what |",
    "|---|---|---|",
    ...rows,
  ].join("\n");
}

function row(name: string, { kind, about, since, hidden, header }: AnyColumn): string {
  const label = hidden ? `*${name}*` : `\`${name}\``;
  const from = since === undefined ? "" : ` (from ${Math.floor(since / 10000)})`;
  return `| ${label} | ${kind === "perSecond" ? "per second" : kind} | ${about ?? header}${from} |`;
}
