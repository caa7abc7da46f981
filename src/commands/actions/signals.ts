import { aimsAt, whyNoSession } from "../../store/actions/aim.ts";
import { marksHere } from "../../store/actions/marks.ts";
import type { Signal, SignalResult, SignalTarget } from "../../store/actions/signal.ts";
import { hasSessions } from "../../store/lock-facts.ts";
import { subjectHere, viewHere } from "../../store/on-screen.ts";
import { closed, overlayIf } from "../../store/screen.ts";
import { type State, updateScreen } from "../../store/store.ts";
import { safeName } from "../../text/text.ts";
import type { Row } from "../../views/row.ts";
import { parseRowId, type RowId } from "../../views/row-id.ts";
import type { Context } from "../command.ts";
import { rowHere } from "../row/copy.ts";
import type { Action } from "./action.ts";
import { signalQuestion } from "./signal-question.ts";

/** Whether the rows on screen are sessions. */
export const showsSessions = (state: State): boolean => hasSessions(viewHere(state) ?? "");

/** The marked sessions, or the one under the cursor. */
function sessions(state: State): readonly RowId[] {
  const marks = [...marksHere(state)].flatMap((key) => parseRowId(key) ?? []);
  if (marks.length > 0) return marks;
  const { row } = subjectHere(state);
  return row === null ? [] : [row];
}

/** As the server would say after the question; it looks again before it cancels what runs. */
function whyNothingRuns({ state }: Row): string | null {
  const isIdle = typeof state === "string" && /^(idle|aborted)/.test(state);
  return isIdle ? `it runs no statement (${safeName(state)}): K ends the session and what it holds` : null;
}

function signalAction(
  signal: Signal,
  looks: Pick<Action, "name" | "title" | "keys" | "footer" | "does">,
): Action {
  return {
    ...looks,
    risk: "signal",
    when: (state) => showsSessions(state) && sessions(state).length > 0,
    targets: sessions,
    refusal: (state) => {
      const here = marksHere(state).size === 0 ? rowHere(state) : null;
      return here && (whyNoSession(here.row) ?? (signal === "cancel" ? whyNothingRuns(here.row) : null));
    },
    question: (ids, state) => {
      const aims = aimsAt(state, ids);
      return {
        question: signalQuestion(signal, aims, state),
        targets: aims.flatMap((aim) => (aim.ok ? [aim.target] : [])),
      };
    },
    perform: (context, targets) => send(context, signal, targets),
  };
}

/**
 * Outcomes come one by one into the dialog. Where that was closed a notice says them together; one session that has ended as
 * it was asked needs no more than a notice.
 */
function send({ store, actions }: Context, signal: Signal, targets: readonly SignalTarget[]): void {
  const change = (stage: "running" | "done", more: readonly SignalResult[]) =>
    updateScreen(store, (screen) => {
      const overlay = overlayIf(screen, "action");
      if (overlay?.targets !== targets) return screen;
      return { ...screen, overlay: { ...overlay, stage, results: [...overlay.results, ...more] } };
    });
  change("running", []);
  void actions
    .signal(signal, targets, (result) => change("running", [result]))
    .then((results) => {
      // The first frame waits for none of it.
      const {
        noticeOf,
        summaryOf,
      }: typeof import("../../store/actions/signal-words.ts") = require("../../store/actions/signal-words.ts");
      const open = overlayIf(store.getState().screen, "action");
      const isOpen = open?.targets === targets;
      const notice = noticeOf(results);
      if (isOpen && (notice === null || open.question.leftOut.length > 0)) change("done", []);
      else
        updateScreen(store, (screen) => ({
          ...(isOpen ? closed(screen) : screen),
          notice: notice ?? summaryOf(results),
        }));
      actions.refresh();
    });
}

export const cancel = signalAction("cancel", {
  name: "cancel",
  title: "Cancel the statement; of the session, or of the marked ones",
  keys: ["C"],
  does: "cancel",
  footer: { title: "cancel", rank: 1.25 },
});

export const terminate = signalAction("terminate", {
  name: "terminate",
  title: "Terminate the session; or the marked ones",
  keys: ["K"],
  does: "terminate",
  footer: { title: "terminate", rank: 1.26 },
});
