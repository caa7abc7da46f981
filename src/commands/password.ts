import { Secret } from "../postgres/secret.ts";
import type { Overlay, ScreenState } from "../store/screen.ts";
import { shown } from "../store/selectors.ts";
import { type State, updateScreen } from "../store/store.ts";
import type { Command, Context } from "./command.ts";
import { edited } from "./edit.ts";
import { nodeInFocus } from "./focus.ts";

type Prompt = Extract<Overlay, { kind: "password" }>;

/** The node here whose server refused the password or found none; null when another password would not help. */
export function nodeWithoutPassword(state: State): string | null {
  const node = nodeInFocus(state);
  const error = node === null ? null : shown(state).nodes[node]?.health.error;
  if (error?.kind !== "auth") return null;
  return error.sqlstate === null || error.sqlstate === "28P01" ? node : null;
}

/** The screen with the prompt for a node's password on it. */
export function withPrompt(screen: ScreenState, node: string): ScreenState {
  return { ...screen, overlay: { kind: "password", node, typed: new Secret("") } };
}

export const password: Command = {
  name: "password",
  title: "Type the password that the node's server wants",
  keys: ["p"],
  section: "nodes",
  when: (state) => nodeWithoutPassword(state) !== null,
  footer: { title: "password", rank: 0 },
  run: ({ store }) => {
    const node = nodeWithoutPassword(store.getState());
    if (node !== null) updateScreen(store, (screen) => withPrompt(screen, node));
  },
};

/** A chord while the prompt is open. What was typed is a Secret from the first character on. */
export function typePassword({ store, actions }: Context, prompt: Prompt, chord: string): void {
  const { node, typed } = prompt;
  if (chord === "enter" || chord === "escape") {
    updateScreen(store, (screen) => ({ ...screen, overlay: null }));
    if (chord === "escape" || typed.reveal() === "") return;
    actions.enterPassword(node, typed);
    actions.refresh();
    return;
  }
  const text = edited(typed.reveal(), chord);
  updateScreen(store, (screen) => ({ ...screen, overlay: { ...prompt, typed: new Secret(text) } }));
}
