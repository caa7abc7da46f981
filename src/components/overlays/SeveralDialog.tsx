import { longestWord } from "../../commands/actions/signal-question.ts";
import { operationNamed } from "../../commands/operations/all.ts";
import { summaryOf } from "../../commands/prompts/several.ts";
import { operationWords } from "../../store/actions/operation-words.ts";
import { mayBeSent, resultAt } from "../../store/actions/several.ts";
import type { OverlayOf } from "../../store/screen.ts";
import { shown } from "../../store/selectors.ts";
import { type SafeText, safe } from "../../text/safe-text.ts";
import { safeName, safeText } from "../../text/text.ts";
import { wrapped } from "../../text/wrapped.ts";
import type { BodyProps } from "../drawing/body.ts";
import type { Meaning, Theme } from "../drawing/theme.ts";
import { answersOf } from "./answers.ts";
import { windowed } from "./OperationDialog.tsx";

type Overlay = OverlayOf<"several">;
type Props = BodyProps & { readonly overlay: Overlay };

/** Lists each row that an operation is meant for with its statement and asks once; then shows what became of each. */
export function SeveralDialog({ overlay, ...props }: Props) {
  const { theme, width, height } = props;
  const cells = Math.min(width - 6, 100);
  const question = overlay.stage === "asking" ? `${overlay.title}?` : overlay.title;
  const title = wrapped(safeText(question), cells).map((line) => safe` ${theme.paint("strong", line)}`);
  const end = endOf(overlay, props, cells);
  const [effect, list] = [effectOf(overlay, theme, cells), listOf(overlay, props, cells)];
  // On a low screen no line is left empty, and what is sent comes before what that does.
  const isLow = height < roomy;
  const blank = isLow ? [] : [safe``];
  const room = Math.max(2, height - title.length - end.length - 2 * blank.length);
  const rows = windowed(isLow ? [...list, ...effect] : [...effect, ...list], overlay.top, room, theme);
  return <props.Lines {...props} lines={[...title, ...blank, ...rows, ...blank, ...end]} />;
}

/** Fewer lines than this are a low screen. */
const roomy = 11;

/** Texts in lines of their own. No name is cut. */
function linesOf(theme: Theme, cells: number) {
  return (text: string, meaning: Meaning, indent = safe`     `): SafeText[] =>
    wrapped(safeText(text), cells - indent.length).map(
      (line) => safe`${indent}${theme.paint(meaning, line)}`,
    );
}

/** What is the same of each row. */
function effectOf({ plans }: Overlay, theme: Theme, cells: number): SafeText[] {
  const [, text, severity = "plain"] = plans[0]?.about.find(([label]) => label === "effect") ?? [];
  return text === undefined ? [] : linesOf(theme, cells)(`each: ${text}`, severity, safe`   `);
}

/** Each row: where, what is sent, what the user should know of it, and what became of it. */
function listOf(overlay: Overlay, { state, theme }: BodyProps, cells: number): SafeText[] {
  const { plans, leftOut } = overlay;
  const lines = linesOf(theme, cells);
  const rows = plans.flatMap(({ node, sql, about }, at) => {
    const isProduction = shown(state).nodes[node]?.production ?? false;
    const known = about.flatMap(([label, text]) => (label === "effect" ? [] : [`${label} ${text}`]));
    const result = resultAt(overlay, at);
    const said = result && operationWords(result);
    const right = overlay.rights[at];
    return [
      ...lines(
        [`${node}${isProduction ? " (production)" : ""}`, ...known].join(", "),
        isProduction ? "production" : "plain",
        safe`   `,
      ),
      ...lines(sql, "accent"),
      ...(said ? lines(said.words, said.severity) : []),
      ...(said?.fix ? lines(`to permit it: ${said.fix}`, said.severity) : []),
      ...(said || right?.kind !== "unknown"
        ? []
        : lines(`whether the role may is not known: ${right.why}`, "warning")),
    ];
  });
  const left = leftOut.flatMap(({ node, name, why }) =>
    lines(`left out: ${safeName(name)} on ${safeName(node)}: ${why}`, "warning", safe`   `),
  );
  return [...rows, ...left];
}

/** What is answered; once it was, how far it is. */
function endOf(overlay: Overlay, { theme }: BodyProps, cells: number): SafeText[] {
  const { stage, plans, rights, results, operation, word, typed } = overlay;
  const { ellipsis } = theme.glyphs;
  if (stage === "done") return [safe`   ${safeText(summaryOf(overlay), cells, ellipsis)}`];
  if (stage === "running") {
    const sent = plans.filter((_, at) => mayBeSent(overlay, at)).length;
    return [safe`   ${results.filter((one) => one !== null).length} of ${sent} answered ${ellipsis}`];
  }
  const asked = rights.includes(null) ? [safe`   the servers are asked whether the role may`] : [];
  const may = plans.some((_, at) => mayBeSent(overlay, at));
  if (word === null || !may) return [...asked, answersOf(overlay, theme)];
  const name = theme.paint("production", safeName(word, longestWord, ellipsis));
  const field = safe`${safeText(typed, Math.max(8, cells - 30), ellipsis)}${theme.paint("selected", safe` `)}`;
  const does = safeText(operationNamed(operation)?.does ?? "go on");
  return [...asked, safe`   Type ${name} to ${does}: ${field}`];
}
