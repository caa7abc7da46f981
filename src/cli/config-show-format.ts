import { type Problem, problemLine } from "../config/error.ts";
import type { Effective } from "../config/resolve/effective.ts";
import { width } from "../text/cells.ts";
import { fit, safeName, safeText } from "../text/text.ts";
import { toJson } from "./output.ts";
import type { PasswordOrigin } from "./password-origin.ts";

type Shown = Omit<Effective, "source"> & { readonly source: PasswordOrigin };

/** A node or TARGET as it is shown: its hosts, and each parameter with where it comes from. */
export type ShownEntry = {
  readonly name: string;
  /** Null is what an explicit string leaves open. */
  readonly hosts: readonly { readonly host: string | null; readonly port: number | null }[];
  readonly parameters: Readonly<Record<string, Shown>>;
  /** What a user may do there from the screen; null in what a string itself says. */
  readonly actions: Effective | null;
  /** When its waits are sampled; null as well. */
  readonly waits: Effective | null;
  readonly notes: readonly string[];
};

/** A view or a rule that stands in the config, with what counts for it in the words of the config. */
export type ShownOwn =
  | { readonly view: string; readonly every: string; readonly runs_on: string; readonly scope: string }
  | {
      readonly rule: string;
      readonly views: readonly string[];
      readonly warning: string;
      readonly critical: string;
      readonly for: string;
    };

/**
 * `[{ name, hosts: [{ host, port }], params: { keyword: value }, sources: { keyword: source }, actions: { value, source },
 * waits: { value, source } }]`; the last two are left out of what a string itself says. Behind them stand the config's own
 * views and rules, each a {@link ShownOwn}.
 */
export function inJson(entries: readonly ShownEntry[], own: readonly ShownOwn[]): string {
  const list = entries.map(({ name, hosts, parameters, actions, waits }) => {
    const keywords = inOrder(parameters);
    return {
      name,
      hosts,
      params: Object.fromEntries(keywords.map(([keyword, { value }]) => [keyword, value])),
      sources: Object.fromEntries(keywords.map(([keyword, { source }]) => [keyword, source])),
      ...(actions && { actions: { value: actions.value, source: actions.source } }),
      ...(waits && { waits: { value: waits.value, source: waits.source } }),
    };
  });
  return `${toJson([...list, ...own])}\n`;
}

/** Each entry under a line that says whom it reaches, one parameter a line: keyword, value, who gave it and where. */
export function inWords(entries: readonly ShownEntry[], own: readonly ShownOwn[]): string {
  const ofNodes = entries.map((entry) => [headline(entry), ...lines(entry), ""].join("\n")).join("\n");
  const ofOwn = own.length === 0 ? "" : `\n${own.map(ownLine).join("\n")}\n`;
  return `${ofNodes === "" ? "no nodes\n" : ofNodes}${ofOwn}`;
}

function ownLine(own: ShownOwn): string {
  if ("view" in own) {
    const where = own.runs_on === "any" ? "any node" : `each ${own.runs_on}`;
    return `view ${own.view}: every ${own.every}, of ${where}, once a ${own.scope}`;
  }
  const levels = `warning ${own.warning}, critical ${own.critical}, for ${own.for}`;
  return `rule ${own.rule}: of ${own.views.join(", ")}, ${levels}`;
}

function headline({ name, hosts, parameters }: ShownEntry): string {
  const { dbname, user } = parameters;
  const places = hosts.map(({ host, port }) => `${bracketed(host ?? "")}${port === null ? "" : `:${port}`}`);
  const parts = [
    dbname && `database "${safeName(dbname.value)}"`,
    user && `as user "${safeName(user.value)}"`,
    places.length > 0 && `on ${places.join(", ")}`,
  ];
  const said = parts.filter((part) => part).join(" ");
  return said === "" ? safeName(name) : `${safeName(name)}: ${safeText(said)}`;
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

function lines({ parameters, actions, waits, notes }: ShownEntry): readonly string[] {
  const shown = [
    ...inOrder(parameters),
    ...(actions ? [["actions", actions] as const] : []),
    ...(waits ? [["waits", waits] as const] : []),
  ];
  const rows = shown.map(([keyword, { value, source, where }]) =>
    [keyword, value, source, where].map((cell) => safeName(cell)),
  );
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => width(row[column] ?? ""))));
  return [
    ...rows.map((row) =>
      `  ${row.map((cell, column) => fit(cell, widths[column] ?? width(cell))).join("  ")}`.trimEnd(),
    ),
    ...notes.map((note) => `  ${safeText(note)}`),
  ];
}

const first = ["host", "hostaddr", "port", "dbname", "user", "password", "service", "servicefile"];

/** Who is reached first, then the rest by name. */
function inOrder(parameters: ShownEntry["parameters"]): readonly (readonly [string, Shown])[] {
  const rank = (keyword: string) => (first.indexOf(keyword) + first.length + 1) % (first.length + 1);
  return Object.entries(parameters).toSorted(
    ([one], [other]) => rank(one) - rank(other) || one.localeCompare(other, "en"),
  );
}

/** The first problem, and the others where there are any. None of them quotes a password. */
export function problemInJson(problems: readonly Problem[]): object {
  const [error, ...others] = problems.map((problem) => ({
    class: problem.kind ?? "config",
    message: problemLine(problem),
    position: problem.position ?? linePosition(problem.where),
  }));
  return others.length === 0 ? { error } : { error, others };
}

/** The line, and the column where it is known, of `file:line:column`; null for what is in no file. */
function linePosition(where: string): { line: number; column: number | null } | null {
  const found = /:(\d+)(?::(\d+))?$/.exec(where);
  if (!found) return null;
  return { line: Number(found[1]), column: found[2] === undefined ? null : Number(found[2]) };
}
