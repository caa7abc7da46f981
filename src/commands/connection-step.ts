import type { ConnectionStep } from "../store/screen.ts";
import { type Store, updateScreen } from "../store/store.ts";
import { safeName } from "../text/text.ts";
import type { Context } from "./command.ts";

/** More than a user remembers. */
const mostSteps = 100;

/** What a step does to a node, in a word for the notice. */
const doing = { connect: "connecting", disconnect: "disconnected" } as const;

/** Connects or disconnects a node so that it can be undone, and says so. */
export function take({ store, actions }: Context, step: ConnectionStep): void {
  updateScreen(store, (screen) => ({ ...screen, undo: [...screen.undo, step].slice(-mostSteps) }));
  say(store, step, "; u undoes it");
  actions[step.did](step.node);
}

/** Says what a step does. That a node is being connected is no news once it is. */
export function say(store: Store, { node, did }: ConnectionStep, more: string): void {
  const notice = `${safeName(node)}: ${doing[did]}${more}`;
  updateScreen(store, (screen) => ({ ...screen, notice }));
  if (did === "disconnect") return;
  const stop = store.subscribe(({ screen, observed }) => {
    const isOver = observed.nodes[node]?.health.state === "connected";
    if (screen.notice === notice && !isOver) return;
    stop();
    if (screen.notice === notice) updateScreen(store, (now) => ({ ...now, notice: null }));
  });
}
