import { pathOf } from "../../postgres/explain/search-path.ts";
import { reasonOf } from "../../postgres/node-error.ts";
import { sqlTokens } from "../../postgres/sql-scan.ts";
import { width } from "../../text/cells.ts";
import { repeated, type SafeText, safe, trimEnd } from "../../text/safe-text.ts";
import { safeName, safeText } from "../../text/text.ts";
import { type Span, wrapped, wrappedSpans } from "../../text/wrapped.ts";
import { remembered } from "../remembered.ts";
import { placeIf } from "../screen.ts";
import type { State } from "../store.ts";
import type { Explainable, ExplainResult, PlanEntry, SettingOrigin } from "./explain.ts";
import { planOf } from "./plans.ts";

/** What a piece of a line is. */
export type PlanSpan = Span<"plain" | "muted" | "title" | "node">;

export type PlanLine = { readonly key: string; readonly spans: readonly PlanSpan[] };

/** Cells beside a line: the cursor before it and a blank behind. */
const margin = 3;
/** Statements are shown up to here; the row has all of it. */
const longestText = 20_000;

/** What is on screen of a plan: where and as whom, the plan, and the statement. */
export const planLines = remembered(
  ({ screen }) => {
    const place = placeIf(screen, "plan");
    return [place?.node, place && planOf(screen, place.id), screen.columns];
  },
  ({ screen }: State): readonly PlanLine[] => {
    const place = placeIf(screen, "plan");
    if (!place) return [];
    const entry = planOf(screen, place.id);
    const room = Math.max(20, screen.columns - margin);
    const spans = entry
      ? linesOf(entry, place.node, room)
      : paragraph(safe`This plan was forgotten since; Esc goes back.`, room);
    return spans.map((line, at) => ({ key: String(at), spans: withoutBlanks(line) }));
  },
);

/** Without blanks at the end, which nobody sees. */
function withoutBlanks(line: readonly PlanSpan[]): readonly PlanSpan[] {
  const last = line.findLastIndex(({ text }) => trimEnd(text) !== "");
  return line
    .slice(0, last + 1)
    .map((span, at) => (at === last ? { ...span, text: trimEnd(span.text) } : span));
}

const paragraph = (text: SafeText, room: number, kind: PlanSpan["kind"] = "plain"): PlanSpan[][] =>
  wrapped(text, room).map((line) => [{ kind, text: line }]);

function linesOf({ asked, result }: PlanEntry, node: string, room: number): PlanSpan[][] {
  const { database, role } = asked;
  const generic = result?.kind === "plan" && result.isGeneric ? safe` (GENERIC_PLAN)` : safe``;
  const of = role === null ? safe`` : safe`, role ${safeName(role)}`;
  const title = safe`EXPLAIN${generic} on ${safeName(node)}, database ${safeName(database)}${of}`;
  return [
    ...paragraph(title, room, "title"),
    ...bodyOf(asked, result, room),
    [],
    ...statementOf(asked.text.slice(0, longestText), room),
  ];
}

function bodyOf(asked: Explainable, result: ExplainResult | null, room: number): PlanSpan[][] {
  if (result === null) return [[], ...paragraph(safe`The server plans it.`, room, "muted")];
  switch (result.kind) {
    case "plan":
      return [
        ...paragraph(settingsOf(asked, result), room, "muted"),
        [],
        ...result.lines.flatMap((line) => planLine(line, room)),
      ];
    case "asks":
      return [[], ...paragraph(safe`Not planned; r asks again.`, room)];
    case "refused":
      return [[], ...paragraph(safe`Not planned: ${safeText(result.why)}.`, room)];
    case "failed": {
      const { sqlstate, hint } = result.error;
      const code = sqlstate === null ? safe`` : safe` (${safeText(sqlstate)})`;
      return [
        [],
        ...paragraph(safe`Not planned: ${safeText(reasonOf(result.error))}${code}`, room),
        ...(hint === null ? [] : [[], ...paragraph(safeText(hint), room)]),
      ];
    }
  }
}

/** Whose rights it was planned with, and where names were looked for, which is not known of the session itself. */
function settingsOf(asked: Explainable, result: ExplainResult & { readonly kind: "plan" }): SafeText {
  const { planner, schemas, pathFrom } = result;
  const path = safeName(pathOf(schemas) || '""');
  const origin = originOf(pathFrom, asked);
  return safe`Planned as ${safeName(planner.role)}, nothing was run. search_path: ${path} (${origin}; the session may have another)`;
}

function originOf(origin: SettingOrigin, { database, role }: Explainable): SafeText {
  switch (origin) {
    case "role-in-database":
      return safe`set for ${safeName(role ?? "")} in ${safeName(database)}`;
    case "role":
      return safe`set for ${safeName(role ?? "")}`;
    case "database":
      return safe`set for ${safeName(database)}`;
    case "all":
      return safe`set for all roles`;
    case "default":
      return safe`PostgreSQL's default`;
  }
}

/** A line of the plan: one that is too long goes on below, where its text begins. */
function planLine(line: string, room: number): PlanSpan[][] {
  const [, blanks = "", text = "", cost = ""] = /^( *(?:-> {2})?)(.*?)( {2}\(cost=.*\))?$/s.exec(line) ?? [];
  const [before, name, numbers] = [safeText(blanks), safeText(text), safeText(cost)];
  const spans: PlanSpan[] = [
    { kind: "plain", text: before },
    { kind: cost === "" ? "plain" : "node", text: name },
    { kind: "plain", text: numbers },
  ];
  if (width(safe`${before}${name}${numbers}`) <= room) return [spans];
  const indent = Math.min(width(before), Math.floor(room / 2));
  return wrapped(safe`${name}${numbers}`, room - indent).map((part, at) => {
    const first = at === 0 && width(before) === indent ? before : repeated(safe` `, indent);
    return [{ kind: "plain", text: safe`${first}${part}` }];
  });
}

/** The statement with its own line breaks, its comments less bright. */
function statementOf(statement: string, room: number): PlanSpan[][] {
  const lines: PlanSpan[][] = [[]];
  for (const { kind, text } of sqlTokens(statement)) {
    for (const [at, part] of text.split(/\r\n?|\n/).entries()) {
      if (at > 0) lines.push([]);
      const looks = kind === "comment" ? "muted" : "plain";
      if (part !== "") lines.at(-1)?.push({ kind: looks, text: safeText(part.replaceAll("\t", "  ")) });
    }
  }
  return lines.flatMap((line) => wrappedSpans(line, room));
}
