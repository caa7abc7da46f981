import { planHere, planOf } from "../../store/actions/plans.ts";
import { back, closed } from "../../store/screen.ts";
import { updateScreen } from "../../store/store.ts";
import type { Context } from "../command.ts";
import { planAgain } from "../row/planning.ts";
import { choice, definePrompt } from "./prompt.ts";

/** Back to the row, whose statement is not planned. */
const leave = ({ store }: Context) =>
  updateScreen(store, (screen) => (planHere(screen) ? back(closed(screen)) : closed(screen)));

/** Asks before the code of others may run with our rights: every key but y says no. */
export const explain = definePrompt<"explain">({
  kind: "explain",
  focus: choice,
  asked: (overlay) => overlay,
  keys: [
    {
      keys: ["y"],
      does: "plan it",
      run: (context, { id }) => {
        updateScreen(context.store, closed);
        const result = planOf(context.store.getState().screen, id)?.result;
        if (result?.kind === "asks") planAgain(context, id, result.planner);
      },
    },
    { keys: ["escape"], does: "do not", run: leave },
  ],
  otherwise: leave,
});
