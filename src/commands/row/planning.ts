import type { Planner } from "../../store/actions/explain.ts";
import { planHere, planOf, withPlan } from "../../store/actions/plans.ts";
import { subjectHere, viewHere } from "../../store/on-screen.ts";
import { open } from "../../store/screen.ts";
import { updateScreen } from "../../store/store.ts";
import type { Context } from "../command.ts";
import { explainableHere } from "./explainable.ts";

let lastId = 0;

const say = ({ store }: Context, notice: string) => updateScreen(store, (screen) => ({ ...screen, notice }));

/** Shows the plan of the statement under the cursor as soon as the server has made it. */
export function openPlan(context: Context): void {
  const asked = explainableHere(context.store.getState());
  if (typeof asked === "string") return;
  const view = viewHere(context.store.getState()) ?? "";
  lastId += 1;
  const id = lastId;
  updateScreen(context.store, (screen) =>
    open(withPlan(screen, { id, asked, result: null, allowed: null }), {
      kind: "plan",
      view,
      node: asked.node,
      id,
    }),
  );
  planAgain(context, id, null);
}

/** Asks the server, with the rights that the user allowed. Where others would be used the user is asked. */
export function planAgain({ store, actions }: Context, id: number, allowed: Planner | null): void {
  const entry = planOf(store.getState().screen, id);
  if (!entry) return;
  // Its node may have another name by now.
  const { node } = subjectHere(store.getState());
  const isHere = planHere(store.getState().screen) === entry;
  const asked = isHere && node !== null ? { ...entry.asked, node } : entry.asked;
  updateScreen(store, (screen) => withPlan(screen, { id, asked, result: null, allowed }));
  void actions.explain(asked, allowed).then((explained) =>
    updateScreen(store, (screen) => {
      if (!planOf(screen, id)) return screen;
      const answered = withPlan(screen, { id, asked: explained.asked, result: explained.result, allowed });
      const isOpen = planHere(answered)?.id === id && answered.overlay === null;
      if (explained.result.kind !== "asks" || !isOpen) return answered;
      return { ...answered, overlay: { kind: "explain", id } };
    }),
  );
}

/** Asks once more for the plan on screen, unless it is on its way. */
export function planAgainHere(context: Context): void {
  const entry = planHere(context.store.getState().screen);
  if (entry?.result) planAgain(context, entry.id, entry.allowed);
}

export function copyPlan(context: Context): void {
  const result = planHere(context.store.getState().screen)?.result;
  if (result?.kind === "plan") context.actions.copy(result.lines.join("\n"), "the plan");
  else say(context, "copy-plan: there is no plan");
}
