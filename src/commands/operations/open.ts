import { updateScreen } from "../../store/store.ts";
import type { Context } from "../command.ts";
import { argumentKnown, markedFor, type Operation, planOf, subjectOf } from "./operation.ts";
import { askForRight } from "./right.ts";
import { openSeveral } from "./several.ts";

/** Asks about all rows that are marked, else about the one under the cursor. */
export function openOperation(context: Context, operation: Operation): void {
  if (markedFor(operation, context.store.getState()).length > 0) openSeveral(context, operation);
  else openOne(context, operation);
}

/** Asks for the argument where there is one, else for a yes. */
function openOne(context: Context, operation: Operation): void {
  const { store } = context;
  const state = store.getState();
  const subject = subjectOf(operation, state);
  if (subject === null) return;
  const argument = argumentKnown(operation, state, subject);
  const planned = planOf(operation, state, subject, argument);
  updateScreen(store, (screen) => {
    if (!planned.ok && !planned.isArgument) return { ...screen, notice: `${operation.name}: ${planned.why}` };
    const stage = operation.argument === undefined ? "asking" : "filling";
    const plan = planned.ok ? planned.plan : null;
    const start = { argument, problem: null, right: null, typed: "", result: null, top: 0 };
    return {
      ...screen,
      overlay: { kind: "operation", operation: operation.name, subject, stage, plan, ...start },
    };
  });
  askForRight(context);
}
