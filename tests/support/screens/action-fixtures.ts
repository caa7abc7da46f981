import { actionNamed } from "../../../src/commands/actions/all.ts";
import { nodeError } from "../../../src/postgres/node-error.ts";
import type { ActionOverlay } from "../../../src/store/actions/question.ts";
import type { SignalOutcome } from "../../../src/store/actions/signal.ts";
import { currentSpot } from "../../../src/store/screen.ts";
import type { State } from "../../../src/store/store.ts";
import { currentTable } from "../../../src/store/table.ts";

/** One of each outcome, the best first. */
const outcomes: readonly SignalOutcome[] = [
  { kind: "done" },
  {
    kind: "notPermitted",
    why: "it is the session of another role",
    fix: "GRANT pg_signal_backend TO monitor",
  },
  { kind: "gone" },
  { kind: "sent", why: "the session is still there after 5 s" },
  { kind: "refused", why: "it is pgparade's own session" },
  { kind: "failed", error: nodeError("timeout", "no answer in 5 s"), isUnsure: true },
];

/** The question that the key of an action asks in this state. */
export function asking(state: State, name: string): ActionOverlay {
  const action = actionNamed(name);
  if (!action) throw new Error(`no action ${name}`);
  const asked = action.question(action.targets(state), state);
  return { kind: "action", action: name, ...asked, typed: "", stage: "asking", results: [], top: 0 };
}

/** The same when it was answered. */
export function answered(state: State, name: string): ActionOverlay {
  const overlay = asking(state, name);
  const results = overlay.targets.map((target, at) => ({
    signal: name === "cancel" ? ("cancel" as const) : ("terminate" as const),
    target,
    outcome: outcomes[at % outcomes.length] ?? { kind: "gone" as const },
    unrecorded: null,
  }));
  return { ...overlay, stage: "done", results };
}

/** The state with every row of its table marked. */
export function allMarked(state: State): State {
  const { stack } = state.screen;
  const [first, ...rest] = stack;
  const last = { ...currentSpot(state.screen), marks: new Set(currentTable(state)?.keys ?? []) };
  const marked: State["screen"]["stack"] = rest.length === 0 ? [last] : [first, ...rest.slice(0, -1), last];
  return { ...state, screen: { ...state.screen, stack: marked } };
}
