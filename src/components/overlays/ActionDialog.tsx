import { actionNamed } from "../../commands/actions/all.ts";
import { longestWord } from "../../commands/actions/signal-question.ts";
import { statementLine } from "../../postgres/statement-line.ts";
import type { Field, Named } from "../../store/actions/question.ts";
import type { SignalResult } from "../../store/actions/signal.ts";
import { outcomeWords, resultTitle, summaryOf } from "../../store/actions/signal-words.ts";
import type { OverlayOf } from "../../store/screen.ts";
import { width as cellsOf } from "../../text/cells.ts";
import { printAge } from "../../text/pretty.ts";
import { joined, type SafeText, safe } from "../../text/safe-text.ts";
import { safeName, safeText } from "../../text/text.ts";
import { wrapped } from "../../text/wrapped.ts";
import { idText, type RowId } from "../../views/row-id.ts";
import type { BodyProps } from "../drawing/body.ts";
import { type Fact, factLines } from "../drawing/fact-lines.ts";
import { type Cell, type DrawnColumn, layOut } from "../drawing/layout.ts";
import { clip, drawLine } from "../drawing/line.ts";
import type { Theme } from "../drawing/theme.ts";
import { answersOf } from "./answers.ts";

type Overlay = OverlayOf<"action">;
type Props = BodyProps & { readonly overlay: Overlay };
type Room = Pick<BodyProps, "state" | "width" | "height" | "theme">;

/** Below this many rows no line is left empty, and the lines that say who is meant come first. */
const roomy = 11;

/** Names whom an action is meant for and asks; then shows what became of each. */
export function ActionDialog({ overlay, ...props }: Props) {
  const { theme, width, height, state } = props;
  const { about, leftOut } = overlay.question;
  const [only, ...others] = about;
  const isFilled = (line: SafeText) => height >= roomy || line !== "";
  const head = headOf(overlay, theme).filter(isFilled);
  const foot = footOf(overlay, theme, width).filter(isFilled);
  const room = { state, theme, width, height: Math.max(1, height - head.length - foot.length) };
  const isOne = only !== undefined && others.length + leftOut.length === 0;
  const lines = isOne ? oneLines(only, overlay, room, height < roomy) : manyLines(overlay, room);
  return <props.Lines {...props} lines={[...head, ...lines.slice(0, room.height), ...foot]} />;
}

/** What is asked; once all is known, what became of it. */
function headOf({ question, stage, results }: Overlay, theme: Theme): SafeText[] {
  const titled = (title: string) => safe` ${theme.paint("strong", safeText(title))}`;
  if (stage === "asking") return [titled(`${question.title}?`), safe``];
  if (stage === "done") return [titled(resultTitle(results)), safe`   ${safeText(question.title)}`, safe``];
  return [titled(question.title), safe`   ${safeText(summaryOf(results))} ${theme.glyphs.ellipsis}`, safe``];
}

const mostStatementLines = 6;

/** One session with all that is known of it. In a low dialog who is meant comes first, and arrows show the rest. */
function oneLines(named: Named, overlay: Overlay, room: Room, isLow: boolean): readonly SafeText[] {
  const { theme, width, height } = room;
  const { ellipsis } = theme.glyphs;
  const { fields, isProduction } = named;
  const value = (field: Field) => shownValue(named, field, theme);
  const role = safe`${value("role")}${isProduction ? ", production" : ""}`;
  const cluster = fields.cluster === null ? safe`` : safe`, cluster ${value("cluster")}`;
  const node = safe`${value("node")} (${role})${cluster}`;
  const running = fields.running === null ? safe`` : safe`, statement ${value("running")}`;
  const type = fields.type === null ? safe`` : safe`, ${value("type")}`;
  // Below 80 cells one list stands below the other.
  const cells = Math.min(width, 79);
  const valueCells = cells - "session".length - 3;
  const userCells = Math.floor((valueCells - cellsOf(value("pid")) - 12) / 2);
  const short = (field: Field) => clip(value(field), userCells, ellipsis);
  const first: Fact[] = [
    isProduction ? ["node", node, "production"] : ["node", node],
    ...nowOf(named, overlay, room).map((words): Fact => ["now", words, "critical"]),
  ];
  const others: Fact[] = [
    ["session", safe`pid ${value("pid")}${type}, ${value("state")}`],
    ["user", safe`${value("user")} in database ${value("database")}`],
    ["client", safe`${value("application")} from ${value("client")}`],
    ["age", safe`transaction ${value("transaction")}${running}`],
    ...(overlay.stage === "asking" ? effectOf(fields) : []),
  ];
  // Who is meant is never cut: two names may differ at their ends.
  const whole = ([label, text, ...meaning]: Fact): Fact[] =>
    wrapped(text, valueCells).map((line, at) => [at === 0 ? label : "", line, ...meaning]);
  const drawn = (facts: readonly Fact[]) => factLines(facts.flatMap(whole), [], cells, theme);
  const outcome = outcomeLines(named.id, overlay, theme, width);
  const shown = drawn([...first, ...others]);
  const left = height - shown.length - outcome.length;
  const most = isLow || left < 1 ? mostStatementLines : Math.min(mostStatementLines, left);
  const text = safeText(lineOf(fields.statement, theme), (most + 1) * width, ellipsis);
  const statement = cutLines(text, width - 6, most, ellipsis).map((line) => safe`   ${line}`);
  const user = short(fields.user === null && fields.type !== null ? "type" : "user");
  const as = fields.application ? safe` as ${short("application")}` : safe``;
  const who: Fact = ["session", safe`pid ${value("pid")}, ${user}${as}`];
  const lines = isLow
    ? [...outcome.filter((line) => line !== ""), ...drawn([...first, who]), ...statement, ...drawn(others)]
    : [...shown, ...(statement.length < left ? [safe``] : []), ...statement, ...outcome];
  return windowed(lines, overlay.top, height, theme);
}

/** The first lines of a text; the last of them says that there is more. */
function cutLines(text: SafeText, width: number, most: number, ellipsis: SafeText): SafeText[] {
  const lines = wrapped(text, width);
  const last = lines[most - 1];
  if (last === undefined || lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), clip(safe`${last}${ellipsis}`, width, ellipsis)];
}

/** That nothing can be sent to its server now; nothing where it answers. */
function nowOf({ id }: Named, { stage }: Overlay, { state }: Room): SafeText[] {
  const { nodes, nowMs } = state.observed;
  const health = nodes[id.node]?.health;
  if (stage !== "asking" || !health || health.state === "connected") return [];
  const age = (sinceMs: number) => printAge(Math.max(0, nowMs - sinceMs) / 1000);
  if (health.state === "stale")
    return [safe`no answer for ${age(health.lastAnswerAtMs ?? health.sinceMs)}; a signal may not arrive`];
  return [safe`not connected for ${age(health.sinceMs)}; nothing can be sent now`];
}

/** What its end does to its own commit, and to others where some wait. */
function effectOf({ frees, blocks, replay, commit }: Named["fields"]): Fact[] {
  const own: Fact[] = commit === null ? [] : [["effect", keptCommit, "warning"]];
  const count = frees ?? blocks;
  const first = own.length === 0 ? "effect" : "";
  if (count === null) return replay === null ? own : [...own, [first, safe`frees ${theReplay}`, "warning"]];
  const [sessions, wait] = count === "1" ? (["session", "waits"] as const) : (["sessions", "wait"] as const);
  const words =
    frees === null ? `${count} ${sessions} ${wait} for it` : `frees ${count} ${sessions} that ${wait}`;
  const more = replay === null ? safe`` : safe`, and ${theReplay}`;
  return [...own, [first, safe`${safeText(words)}${more}`, "warning"]];
}

/** A standby's, which is no session. */
const theReplay = safe`the replay of WAL`;

/** PostgreSQL says so in a warning to the client, which may be gone by then. */
const keptCommit = safe`its transaction is committed here and stays; a synchronous standby may lack it`;

function outcomeLines(id: RowId, { results }: Overlay, theme: Theme, width: number): SafeText[] {
  const result = results.find(({ target }) => idText(target.id) === idText(id));
  if (!result) return [];
  const { words, fix, severity } = outcomeWords(result);
  const said = fix === null ? [words] : [words, permits(fix)];
  const lines = said.flatMap((text) => wrapped(safeText(text), width - 6));
  return [safe``, ...lines.map((line) => safe`   ${theme.paint(severity, line)}`)];
}

/** Of several sessions: whose they are comes before how long they take. */
const columns: readonly (DrawnColumn & { readonly field: Field | "outcome" })[] = [
  { field: "node", header: safe`NODE`, align: "left", priority: 0, maxWidth: 20 },
  { field: "role", header: safe`ROLE`, align: "left", priority: 1, maxWidth: 12 },
  { field: "cluster", header: safe`CLUSTER`, align: "left", priority: 1.2, maxWidth: 16 },
  { field: "pid", header: safe`PID`, align: "right", priority: 0, maxWidth: 10 },
  { field: "outcome", header: safe`OUTCOME`, align: "left", priority: 0, maxWidth: 60 },
  { field: "frees", header: safe`FREES`, align: "right", priority: 2.5, maxWidth: 6 },
  { field: "blocks", header: safe`BLOCKS`, align: "right", priority: 2.5, maxWidth: 6 },
  { field: "user", header: safe`USER`, align: "left", priority: 1, maxWidth: 14 },
  { field: "application", header: safe`APP`, align: "left", priority: 3, maxWidth: 18 },
  { field: "client", header: safe`CLIENT`, align: "left", priority: 4, maxWidth: 20 },
  { field: "transaction", header: safe`TX`, align: "right", priority: 2, maxWidth: 8 },
  { field: "running", header: safe`QUERY`, align: "right", priority: 2, maxWidth: 8 },
  {
    field: "statement",
    header: safe`STATEMENT`,
    align: "left",
    priority: 1,
    maxWidth: 40,
    grows: true,
    growsFrom: 16,
  },
];

/** Many sessions with a line each; below them those that are left out, and what would permit what was not. */
function manyLines(overlay: Overlay, room: Room): SafeText[] {
  const { question, results, stage, top } = overlay;
  const { theme, width, height } = room;
  const known = new Map(results.map((result) => [idText(result.target.id), result]));
  const isShown = (field: Field | "outcome") => {
    if (field === "outcome") return stage !== "asking";
    const isEffect = field === "frees" || field === "blocks";
    return !isEffect || (stage === "asking" && question.about.some(({ fields }) => fields[field] !== null));
  };
  const shown = columns.filter(({ field }) => isShown(field));
  const rows = question.about.map((named) =>
    shown.map(({ field }): Cell => {
      if (field === "outcome") return outcomeCell(known.get(idText(named.id)), theme);
      const text = shownCell(named, field, width, theme);
      return field === "node" && named.isProduction ? { text, meaning: "production" } : { text };
    }),
  );
  const layout = layOut(shown, rows, width - 3);
  const headings = shown.map(({ header }) => ({ text: header }));
  const heading = safe`  ${drawLine(headings, shown, layout, theme, "heading")}`;
  const place = layout.findIndex(({ at }) => shown[at]?.field === "outcome");
  const before = layout.slice(0, Math.max(0, place)).reduce((sum, { width: cells }) => sum + cells + 1, 0);
  const outcomeCells = Math.min(layout[place]?.width ?? width, width - 2 - before);
  const cutOff = results
    .map((result) => outcomeWords(result).words)
    .filter((words) => words.length > outcomeCells);
  const fixes = results.flatMap((result) => outcomeWords(result).fix ?? []).map(permits);
  const unreached = question.about.flatMap((named) =>
    nowOf(named, overlay, room).map((words) => `${safeName(named.id.node)}: ${words}`),
  );
  const waiting = stage === "asking" ? question.about.filter(({ fields }) => fields.commit !== null) : [];
  const replaying = stage === "asking" ? question.about.filter(({ fields }) => fields.replay !== null) : [];
  const notes = [
    ...new Set(unreached),
    ...(waiting.length > 0 ? [safe`of ${waiting.length}: ${keptCommit}`] : []),
    ...(replaying.length > 0 ? [safe`of ${replaying.length}: frees ${theReplay}`] : []),
    ...question.leftOut.map(
      ({ id, why }) => `left out: ${safeName(id.node)} ${safeName(nameOf(id))}: ${why}`,
    ),
    ...new Set([...fixes, ...cutOff]),
  ].flatMap((note) => wrapped(safeText(note), width - 4).map((line) => theme.paint("warning", line)));
  const lines = [
    ...rows.map((row) => drawLine(row, shown, layout, theme)),
    ...(notes.length > 0 ? [safe``, ...notes] : []),
  ].map((line) => safe`  ${line}`);
  return [heading, ...windowed(lines, top, height - 1, theme)];
}

/** As many lines as there is room for, from `top` on; the last says what is out of view. */
function windowed(
  lines: readonly SafeText[],
  top: number,
  height: number,
  theme: Theme,
): readonly SafeText[] {
  if (lines.length <= height) return lines;
  const room = Math.max(1, height - 1);
  const start = Math.max(0, Math.min(top, lines.length - room));
  return [...lines.slice(start, start + room), elsewhere(start, lines.length - start - room, theme)];
}

function shownCell(named: Named, field: Field, width: number, theme: Theme): SafeText {
  const { fields, isProduction } = named;
  if (field === "statement") return safeText(lineOf(fields.statement, theme), width, theme.glyphs.ellipsis);
  if (field === "role") return safe`${shownValue(named, field, theme)}${isProduction ? " prod" : ""}`;
  // A node without a cluster has none, which is not unknown; a background process has a kind and no user.
  const isNone = field === "cluster" || field === "frees" || field === "blocks";
  if (isNone && fields[field] === null) return safe``;
  return shownValue(named, field === "user" && fields.user === null ? "type" : field, theme);
}

/** That not every session is in view, and how to see the others. */
function elsewhere(above: number, below: number, { paint }: Theme): SafeText {
  const where = [
    ...(above > 0 ? [safe`${above} lines above`] : []),
    ...(below > 0 ? [safe`${below} more below`] : []),
  ];
  return safe`  ${paint("warning", safe`${joined(where, safe`, `)}; arrows and PgDn show them`)}`;
}

function outcomeCell(result: SignalResult | undefined, { glyphs }: Theme): Cell {
  if (!result) return { text: glyphs.ellipsis };
  const { words, severity } = outcomeWords(result);
  return { text: safeText(words, 200, glyphs.ellipsis), meaning: severity };
}

const permits = (fix: string) => `to permit it: ${fix}`;

function shownValue({ fields }: Named, field: Field, { glyphs }: Theme): SafeText {
  const value = fields[field];
  return value ? safeName(value, 100, glyphs.ellipsis) : glyphs.unknown;
}

/** A statement on one line, as tables show it. */
const lineOf = (statement: string | null, { glyphs }: Theme) =>
  statementLine(statement ?? "", glyphs.lineBreak);

/** What a row that may be gone is called: the first of its key, which is the pid for sessions. */
const nameOf = ({ key }: RowId) => key.split("\u0000")[0] ?? "";

/** The answers. Once one was given, the keys in the footer are enough. */
function footOf(overlay: Overlay, theme: Theme, width: number): SafeText[] {
  const { question, stage, typed, action } = overlay;
  if (stage !== "asking") return [];
  if (question.word === null) return [safe``, answersOf(overlay, theme)];
  const { ellipsis } = theme.glyphs;
  const word = theme.paint("production", safeName(question.word, longestWord, ellipsis));
  const field = safe`${safeText(typed, Math.max(8, width - 60), ellipsis)}${theme.paint("selected", safe` `)}`;
  return [safe``, safe`   Type ${word} to ${safeText(actionNamed(action)?.does ?? "go on")}: ${field}`];
}
