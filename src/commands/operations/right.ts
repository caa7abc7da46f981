import type { OperationOverlay, SqlPlan } from "../../store/actions/operation.ts";
import { overlayIf } from "../../store/screen.ts";
import { updateScreen } from "../../store/store.ts";
import type { Context } from "../command.ts";

/** By what a question about a right is told from another one. */
export const rightKey = ({ node, database, right }: SqlPlan): string =>
  JSON.stringify([node, database, right.sql]);

const isOpen = ({ stage }: OperationOverlay) => stage === "filling" || stage === "asking";

/**
 * Asks for the right to what the dialog plans, unless that was asked for already: another argument needs no other right.
 * Where it lacks there is nothing to answer any more.
 */
export function askForRight({ store, actions }: Context): void {
  const overlay = overlayIf(store.getState().screen, "operation");
  const plan = overlay?.plan ?? null;
  if (overlay === null || plan === null || plan.kind === "rest" || !isOpen(overlay)) return;
  const of = rightKey(plan);
  if (overlay.right?.of === of) return;
  const right = { of, found: null };
  updateScreen(store, (screen) => ({ ...screen, overlay: { ...overlay, right } }));
  void actions.right(plan).then((found) =>
    updateScreen(store, (screen) => {
      const now = overlayIf(screen, "operation");
      if (now === null || now.right !== right || !isOpen(now)) return screen;
      const answered = { ...now, right: { of, found } };
      if (found.kind !== "denied") return { ...screen, overlay: answered };
      const result = { plan: now.plan ?? plan, outcome: found.outcome, unrecorded: null };
      return { ...screen, overlay: { ...answered, stage: "denied", plan: result.plan, result } };
    }),
  );
}
