import type { ConnectionStep } from "../store/screen.ts";
import { updateScreen } from "../store/store.ts";
import { safeName } from "../text/text.ts";
import type { Context } from "./command.ts";

/** More than a user remembers. */
const mostSteps = 100;

/** What a step does to a node, in a word for the notice. */
export const doing = { connect: "connecting", disconnect: "disconnected" } as const;

/** Connects or disconnects a node so that it can be undone, and says so. */
export function take({ store, actions }: Context, step: ConnectionStep): void {
  updateScreen(store, (screen) => ({
    ...screen,
    undo: [...screen.undo, step].slice(-mostSteps),
    notice: `${safeName(step.node)}: ${doing[step.did]}; u undoes it`,
  }));
  actions[step.did](step.node);
}
