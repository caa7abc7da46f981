import type { Risk } from "../../stats/action-level.ts";
import { refusalOn } from "../../store/actions/aim.ts";
import type { Question } from "../../store/actions/question.ts";
import type { SignalTarget } from "../../store/actions/signal.ts";
import { type State, updateScreen } from "../../store/store.ts";
import type { RowId } from "../../views/row-id.ts";
import type { Command, Context } from "../command.ts";

/**
 * Something that is done to a server. It is a command that asks before it runs: its dialog names each target, and shows what
 * became of each.
 */
export type Action = Omit<Command, "run" | "section" | "disabledReason"> & {
  /** What `actions` in the config must allow. */
  readonly risk: Risk;
  /** The answer that does it, in a word. */
  readonly does: string;
  /** The rows that it is meant for: the marked ones, or the one under the cursor. */
  readonly targets: (state: State) => readonly RowId[];
  /** Why it is for none of them, whatever the config allows; null when it may be for some. */
  readonly refusal: (state: State) => string | null;
  /** What is asked, and what a yes is meant for. Targets that it may not touch are left out, with the reason. */
  readonly question: (targets: readonly RowId[], state: State) => Asked;
  readonly perform: (context: Context, targets: readonly SignalTarget[]) => void;
};

type Asked = { readonly question: Question; readonly targets: readonly SignalTarget[] };

/** The action as a command: it opens the question, or says why there is nothing to ask. */
export function commandOf(action: Action): Command {
  return {
    ...action,
    section: "actions",
    // Cheap: the footer asks for every frame.
    disabledReason: (state) => {
      const reasons = action.targets(state).map(({ node }) => refusalOn(state, action.risk, node));
      return reasons.includes(null) ? action.refusal(state) : (reasons[0] ?? null);
    },
    run: ({ store }) => {
      const state = store.getState();
      const asked = action.question(action.targets(state), state);
      updateScreen(store, (screen) => {
        const [first] = asked.question.leftOut;
        if (asked.targets.length === 0)
          return { ...screen, notice: `${action.name}: ${first?.why ?? "there is nothing to do it to"}` };
        const start = { typed: "", stage: "asking", results: [], top: 0 } as const;
        return { ...screen, overlay: { kind: "action", action: action.name, ...asked, ...start } };
      });
    },
  };
}
