import { type OperationPlan, type OperationResult, requestText } from "../../store/actions/operation.ts";
import { operationWords } from "../../store/actions/operation-words.ts";
import { closed, type OverlayOf, overlayIf } from "../../store/screen.ts";
import { updateScreen } from "../../store/store.ts";
import type { Context } from "../command.ts";
import { edited, type Typed } from "../edit.ts";
import { operationNamed } from "../operations/all.ts";
import { planOf } from "../operations/operation.ts";
import { askForRight } from "../operations/right.ts";
import { close, ifTyped, scrolling, stay, typeWord } from "./answering.ts";
import { definePrompt, longestSearch } from "./prompt.ts";

type Open = OverlayOf<"operation">;

const isFilling = ({ stage }: Open) => stage === "filling";
const isAsking = ({ stage }: Open) => stage === "asking";
const isTyped = ({ stage, plan }: Open) => stage === "asking" && plan !== null && plan.word !== null;

/** The question as it would be asked now. */
function planned({ store }: Context, { operation, subject, argument }: Open) {
  const found = operationNamed(operation);
  if (!found) throw new Error(`no operation ${operation}`);
  return planOf(found, store.getState(), subject, argument);
}

/** A character of the argument, which the statement follows. */
function fillIn(context: Context, overlay: Open, typed: Typed): void {
  const next = { ...overlay, argument: edited(overlay.argument, typed), problem: null };
  const found = planned(context, next);
  const plan = found.ok ? found.plan : null;
  updateScreen(context.store, (screen) => ({ ...screen, overlay: { ...next, plan } }));
}

/** The argument is there: the question follows, or what is wrong with it. */
function fill(context: Context, overlay: Open): void {
  const found = planned(context, overlay);
  updateScreen(context.store, (screen) => {
    if (found.ok)
      return { ...screen, overlay: { ...overlay, stage: "asking", plan: found.plan, problem: null } };
    if (found.isArgument) return { ...screen, overlay: { ...overlay, problem: found.why } };
    return { ...closed(screen), notice: `${overlay.operation}: ${found.why}` };
  });
  askForRight(context);
}

/** What must be the same for a yes to count. */
export function sameness(plan: OperationPlan): string {
  if (plan.kind === "rest") return JSON.stringify([requestText(plan), plan.urls, plan.member, plan.word]);
  const { sql, database, word, server, identity } = plan;
  return JSON.stringify([sql, database, word, server, identity]);
}

/** A yes counts for what was asked. Where that is something else by now, it is asked again, or refused. */
function perform(context: Context, overlay: Open): void {
  const { store } = context;
  const now = planned(context, overlay);
  if (!now.ok)
    updateScreen(store, (screen) => ({
      ...closed(screen),
      notice: `${overlay.operation}: ${now.why}; nothing was sent`,
    }));
  else if (overlay.plan === null || sameness(now.plan) !== sameness(overlay.plan)) {
    updateScreen(store, (screen) => ({
      ...screen,
      overlay: { ...overlay, plan: now.plan, typed: "" },
      notice: "it has changed since you were asked, nothing was sent: read it again",
    }));
    askForRight(context);
  } else send(context, { ...overlay, plan: now.plan, stage: "running" }, now.plan);
}

const isReading = ({ plan }: Open) => plan?.kind === "sql" && plan.reads === true;

/** What cancels each statement that runs and only reads. */
const stops = new WeakMap<OperationPlan, AbortController>();

/** Leaves the dialog; what only reads is cancelled instead, and says so there. */
function leave(context: Context, overlay: Open): void {
  const stop = overlay.stage === "running" && overlay.plan !== null ? stops.get(overlay.plan) : undefined;
  if (stop) stop.abort();
  else close(context);
}

/** What was measured, as it is shown. */
const measuredIn = ({ result }: Open): string | null =>
  result?.outcome.kind === "done" ? result.outcome.value : null;

/** The outcome comes into the dialog; into a notice where that was closed, or where it is done and there is no more to say. */
function send({ store, actions }: Context, overlay: Open, plan: OperationPlan): void {
  const title = `${plan.title} on ${plan.node}`;
  const running = { title, plan, overlay, sinceMs: store.getState().observed.nowMs };
  updateScreen(store, (screen) => ({ ...screen, overlay, running: [...screen.running, running] }));
  const stop = new AbortController();
  if (isReading(overlay)) stops.set(plan, stop);
  const show = (result: OperationResult) => {
    const isOpen = overlayIf(store.getState().screen, "operation")?.plan === plan;
    const { words, fix } = operationWords(result);
    const said = fix === null ? words : `${words}; to permit it: ${fix}`;
    const isDone = result.outcome.kind === "done" && result.unrecorded === null;
    updateScreen(store, (before) => {
      const screen = { ...before, running: before.running.filter((one) => one !== running) };
      return isOpen && (!isDone || isReading(overlay))
        ? { ...screen, overlay: { ...overlay, stage: "done", result } }
        : { ...(isOpen ? closed(screen) : screen), notice: `${plan.node}: ${said}` };
    });
    actions.refresh();
  };
  void actions.operate(plan, stop.signal).then(show);
}

const performIfTyped = ifTyped(({ plan }: Open) => plan?.word ?? null, perform);

/** More lines than a question has on the narrowest screen. */
const mostLines = 40;

/** What Esc means. */
const escapes: Readonly<Record<Open["stage"], string>> = {
  filling: "close",
  asking: "no",
  denied: "close",
  running: "leave it running",
  done: "close",
};

const does = ({ operation }: Open) => operationNamed(operation)?.does ?? "yes";

/**
 * Asks for the argument of an operation, then for a yes, where every other key is a no, and shows what became of it. Where
 * the right lacks it takes no yes, and only Esc closes it: a word that was being typed for one goes on for a few keys.
 */
export const operation = definePrompt<"operation">({
  kind: "operation",
  focus: (overlay) => (isFilling(overlay) || isTyped(overlay) ? "text" : "choice"),
  asked: (overlay) => (isAsking(overlay) ? overlay.plan : null),
  keys: [
    { keys: ["y"], does, when: (overlay) => isAsking(overlay) && !isTyped(overlay), run: perform },
    { keys: ["enter"], does, when: isTyped, run: performIfTyped },
    { keys: ["enter"], does: "go on", when: isFilling, run: fill },
    {
      keys: ["escape"],
      does: (overlay) =>
        overlay.stage === "running" && isReading(overlay) ? "cancel it" : escapes[overlay.stage],
      run: leave,
    },
    {
      keys: ["y"],
      does: "copy",
      when: (overlay) => overlay.stage === "done" && isReading(overlay) && measuredIn(overlay) !== null,
      run: ({ actions }, overlay) =>
        actions.copy(`${overlay.plan?.done}: ${measuredIn(overlay)}`, "what was measured"),
    },
    { keys: ["enter"], does: null, when: ({ stage }) => stage === "done", run: close },
    ...scrolling<Open>(() => mostLines, 1),
  ],
  typed: (overlay) => (isFilling(overlay) ? overlay.argument : overlay.typed),
  longest: longestSearch,
  type: (context, overlay, typed) => {
    if (isFilling(overlay)) fillIn(context, overlay, typed);
    else typeWord(context, overlay, typed);
    askForRight(context);
  },
  otherwise: (context, overlay) => (isAsking(overlay) ? close(context) : stay("this")(context)),
});
