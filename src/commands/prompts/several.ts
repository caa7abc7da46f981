import { operationWords } from "../../store/actions/operation-words.ts";
import type { RunningOperation } from "../../store/actions/running.ts";
import { mayBeSent, resultAt, type SeveralOverlay } from "../../store/actions/several.ts";
import { closed, overlayIf } from "../../store/screen.ts";
import { updateScreen } from "../../store/store.ts";
import type { Context } from "../command.ts";
import { operationNamed } from "../operations/all.ts";
import { askForRights, severalOf } from "../operations/several.ts";
import { close, ifTyped, scrolling, stay, typeWord } from "./answering.ts";
import { sameness } from "./operation.ts";
import { definePrompt, longestSearch } from "./prompt.ts";

/** Whether there is something to say yes to. */
const isAsking = (overlay: SeveralOverlay) =>
  overlay.stage === "asking" && overlay.plans.some((_, at) => mayBeSent(overlay, at));
const isTyped = (overlay: SeveralOverlay) => isAsking(overlay) && overlay.word !== null;

/** A yes counts for what was asked. Where that is something else by now, it is asked again, or refused. */
function perform(context: Context, overlay: SeveralOverlay): void {
  const { store } = context;
  const operation = operationNamed(overlay.operation);
  const now = operation ? severalOf(operation, store.getState(), overlay.subjects) : null;
  const [first] = now?.leftOut ?? [];
  if (now === null || now.plans.length === 0)
    updateScreen(store, (screen) => ({
      ...closed(screen),
      notice: `${overlay.operation}: ${first?.why ?? "there is nothing to do it to"}; nothing was sent`,
    }));
  else if (JSON.stringify(now.plans.map(sameness)) !== JSON.stringify(overlay.plans.map(sameness))) {
    const none = now.plans.map(() => null);
    updateScreen(store, (screen) => ({
      ...screen,
      overlay: { ...overlay, ...now, typed: "", rights: none, results: none },
      notice: "it has changed since you were asked, nothing was sent: read it again",
    }));
    askForRights(context, now.plans);
  } else void send(context, { ...overlay, stage: "running" });
}

/** Nodes at the same time, the rows of one node one after the other. */
async function send({ store, actions }: Context, overlay: SeveralOverlay): Promise<void> {
  const { plans, title } = overlay;
  const wanted = plans.flatMap((plan, at) => (mayBeSent(overlay, at) ? [{ plan, at }] : []));
  const [lead] = plans;
  if (!lead) return;
  const sinceMs = store.getState().observed.nowMs;
  let running: RunningOperation = { title, plan: lead, overlay, sinceMs };
  updateScreen(store, (screen) => ({ ...screen, overlay, running: [...screen.running, running] }));
  const isOpen = () => overlayIf(store.getState().screen, "several")?.plans === plans;
  let known = overlay;
  const change = (more: Partial<SeveralOverlay>) => {
    known = { ...known, ...more, top: overlayIf(store.getState().screen, "several")?.top ?? 0 };
    const next = { ...running, overlay: known };
    const before = running;
    updateScreen(store, (screen) => ({
      ...screen,
      running: screen.running.map((one) => (one === before ? next : one)),
      overlay: isOpen() ? known : screen.overlay,
    }));
    running = next;
  };
  await Promise.all(
    Array.from(Map.groupBy(wanted, ({ plan }) => plan.node).values(), async (own) => {
      for (const { plan, at } of own) {
        const result = await actions.operate(plan);
        change({ results: known.results.map((one, index) => (index === at ? result : one)) });
      }
    }),
  );
  change({ stage: "done" });
  const isMoreToSay = overlay.leftOut.length > 0 || plans.some((_, at) => !isDone(known, at));
  updateScreen(store, (screen) => {
    const left = { ...screen, running: screen.running.filter((one) => one !== running) };
    if (isOpen() && isMoreToSay) return left;
    return { ...(isOpen() ? closed(left) : left), notice: `${title}: ${summaryOf(known)}` };
  });
  actions.refresh();
}

function isDone(overlay: SeveralOverlay, at: number): boolean {
  const result = resultAt(overlay, at);
  return result?.outcome.kind === "done" && result.unrecorded === null;
}

/** "3 done", or how many were and what became of the first that was not. */
export function summaryOf(overlay: SeveralOverlay): string {
  const { plans } = overlay;
  const done = plans.filter((_, at) => isDone(overlay, at)).length;
  const others = plans.flatMap((_, at) => (isDone(overlay, at) ? [] : [resultAt(overlay, at)]));
  const [first] = others.filter((result) => result !== null);
  const why = first ? `, ${others.length} not: ${operationWords(first).words}` : "";
  return `${done} done${why}`;
}

const performIfTyped = ifTyped(({ word }: SeveralOverlay) => word, perform);

/** Each row has a few lines; the drawing stops at the last one. */
const mostLines = ({ plans, leftOut }: SeveralOverlay) => (plans.length + leftOut.length) * 4;
const page = 10;

const does = ({ operation }: SeveralOverlay) => operationNamed(operation)?.does ?? "yes";

const escapes: Readonly<Record<SeveralOverlay["stage"], string>> = {
  asking: "no",
  running: "leave it running",
  done: "close",
};

/** Asks before an operation on several rows, where every other key is a no, and shows what became of each. */
export const several = definePrompt<"several">({
  kind: "several",
  focus: (overlay) => (isTyped(overlay) ? "text" : "choice"),
  asked: (overlay) => (isAsking(overlay) ? overlay.plans : null),
  keys: [
    { keys: ["y"], does, when: (overlay) => isAsking(overlay) && !isTyped(overlay), run: perform },
    { keys: ["enter"], does, when: isTyped, run: performIfTyped },
    { keys: ["escape"], does: ({ stage }) => escapes[stage], run: close },
    { keys: ["enter"], does: null, when: ({ stage }) => stage === "done", run: close },
    ...scrolling(mostLines, page),
  ],
  typed: ({ typed }) => typed,
  longest: longestSearch,
  type: typeWord,
  otherwise: (context, overlay) => (isAsking(overlay) ? close(context) : stay("this")(context)),
});
