import { longestWord } from "../../commands/actions/signal-question.ts";
import { operationNamed } from "../../commands/operations/all.ts";
import { requestText } from "../../store/actions/operation.ts";
import { operationWords } from "../../store/actions/operation-words.ts";
import type { OverlayOf } from "../../store/screen.ts";
import { clusterOf, roleOf, shown } from "../../store/selectors.ts";
import { type SafeText, safe } from "../../text/safe-text.ts";
import { safeName, safeText } from "../../text/text.ts";
import { wrapped } from "../../text/wrapped.ts";
import type { BodyProps } from "../drawing/body.ts";
import { type Fact, factColumn } from "../drawing/fact-lines.ts";
import type { Meaning, Theme } from "../drawing/theme.ts";
import { runningFor } from "../Footer.tsx";
import { answersOf } from "./answers.ts";

type Overlay = OverlayOf<"operation">;
type Props = BodyProps & { readonly overlay: Overlay };

/** Not yet safe to draw. */
type Said = readonly [label: string, text: string, meaning?: Meaning];

/** Longer lines are hard to read. */
const longestLine = 100;

/** Names what an operation does to what, shows the statement and asks; then shows what became of it. */
export function OperationDialog({ overlay, ...props }: Props) {
  const { theme, width, height } = props;
  const cells = Math.min(width - 6, longestLine);
  const title = titleOf(overlay, cells).map((line) => safe` ${theme.paint("strong", line)}`);
  const [node = safe``, ...about] = aboutOf(overlay, props, cells);
  const statement = statementOf(overlay, cells).map((line) => safe`   ${theme.paint("accent", line)}`);
  const end = endOf(overlay, props, cells);
  const spaced = [title, [node, ...about], statement, end]
    .filter((part) => part.length > 0)
    .flatMap((part, at) => (at === 0 ? part : [safe``, ...part]));
  // What is asked and how to answer are never out of sight; of the rest what is sent comes first, and arrows show all.
  const low = () => {
    const head = title.slice(0, 2);
    const foot = end.slice(-Math.max(1, height - head.length - 2));
    const middle = windowed(
      [node, ...statement, ...about],
      overlay.top,
      height - head.length - foot.length,
      theme,
    );
    return [...head, ...middle, ...foot];
  };
  const lines = spaced.length <= height ? spaced : low();
  return <props.Lines {...props} lines={lines} />;
}

/** The lines that fit, from the first one in sight; the last says that there are more. */
export function windowed(
  lines: readonly SafeText[],
  top: number,
  room: number,
  theme: Theme,
): readonly SafeText[] {
  if (lines.length <= room) return lines;
  const shown = Math.max(1, room - 1);
  const start = Math.min(top, lines.length - shown);
  const below = lines.length - start - shown;
  const where = below > 0 ? safe`${below} more below` : safe`${start} above`;
  return [
    ...lines.slice(start, start + shown),
    safe`   ${theme.paint("warning", safe`${where}; arrows show them`)}`,
  ];
}

function titleOf({ operation, plan, stage }: Overlay, cells: number): SafeText[] {
  const title = plan?.title ?? operationNamed(operation)?.title ?? operation;
  const isQuestion = stage === "asking" || stage === "filling";
  return wrapped(safeText(isQuestion ? `${title}?` : title), cells);
}

/** Where it is done, and what the user should know of it. No line is cut: two names may differ at their ends. */
function aboutOf(overlay: Overlay, { state, theme, width }: BodyProps, cells: number): SafeText[] {
  const { subject, plan } = overlay;
  const node = shown(state).nodes[subject.node];
  const cluster = clusterOf(state, subject.node);
  const role = node ? roleOf(node) : "gone";
  const where = `${subject.node} (${role}${node?.production ? ", production" : ""})`;
  const said: Said[] = [
    [
      "node",
      cluster === null ? where : `${where}, cluster ${cluster}`,
      node?.production ? "production" : "plain",
    ],
    ...rightOf(overlay, node?.facts?.user ?? "the role"),
    ...(plan?.about ?? []),
  ];
  const labels = Math.max(...said.map(([label]) => label.length));
  const facts = said.flatMap(([label, text, meaning]) =>
    wrapped(safeText(text), cells - labels).map((line, at): Fact => {
      const name = at === 0 ? label : "";
      return meaning === undefined ? [name, line] : [name, line, meaning];
    }),
  );
  return factColumn(facts, width, theme);
}

/** What is known of the role's right, as long as there is something to answer. */
function rightOf({ stage, right }: Overlay, user: string): Said[] {
  if (right === null || (stage !== "asking" && stage !== "filling")) return [];
  const { found } = right;
  if (found === null) return [["right", `the server is asked whether ${user} may`]];
  if (found.kind !== "unknown") return [["right", `${user} may`]];
  return [
    ["right", `whether ${user} may is not known: ${found.why}; it is asked again after a yes`, "warning"],
  ];
}

/** The statement or the request as it is sent. */
function statementOf({ plan }: Overlay, cells: number): SafeText[] {
  const text = plan === null ? "" : requestText(plan);
  return text.split("\n").flatMap((line) => (line === "" ? [] : wrapped(safeText(line), cells)));
}

/** What is typed or answered; once it was, what became of it. */
function endOf(overlay: Overlay, { state, theme }: BodyProps, cells: number): SafeText[] {
  const { stage, plan, operation, result, argument, problem, typed } = overlay;
  const { ellipsis } = theme.glyphs;
  const found = operationNamed(operation);
  const field = (text: string) =>
    safe`${safeText(text, Math.max(8, cells - 30), ellipsis)}${theme.paint("selected", safe` `)}`;
  if (stage === "filling") {
    const { label, about } = found?.argument ?? { label: "", about: "" };
    const words = wrapped(safeText(problem ?? about), cells);
    const meaning = problem === null ? "muted" : "warning";
    return [
      safe`   ${safeText(label)}: ${field(argument)}`,
      ...words.map((line) => safe`   ${theme.paint(meaning, line)}`),
    ];
  }
  if (stage === "running") {
    const running = state.screen.running.find((one) => one.plan === plan);
    return [safe`   sent${running ? safe` ${runningFor(state, running)} ago` : safe``} ${ellipsis}`];
  }
  if ((stage === "done" || stage === "denied") && result) {
    const { words, fix, severity } = operationWords(result);
    const said = fix === null ? [words] : [words, `to permit it: ${fix}`];
    const lines = said.flatMap((text) => wrapped(safeText(text), cells));
    return lines.map((line) => safe`   ${theme.paint(severity, line)}`);
  }
  if (plan?.word == null) return [answersOf(overlay, theme)];
  const word = theme.paint("production", safeName(plan.word, longestWord, ellipsis));
  return [safe`   Type ${word} to ${safeText(found?.does ?? "go on")}: ${field(typed)}`];
}
