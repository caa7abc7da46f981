import { Secret } from "../postgres/secret.ts";
import type { Overlay } from "../store/screen.ts";
import { shown } from "../store/selectors.ts";
import { type State, updateScreen } from "../store/store.ts";
import type { Command, Context } from "./command.ts";
import { edited } from "./edit.ts";
import { nodeInFocus } from "./focus.ts";

type Prompt = Extract<Overlay, { kind: "password" }>;

/** The prompt for what the node here waits for; null when nothing that could be typed would help. */
export function promptHere(state: State): Prompt | null {
  const node = nodeInFocus(state);
  const error = node === null ? null : shown(state).nodes[node]?.health.error;
  if (node === null || !error) return null;
  const wanted = error.wantedSecret ?? null;
  const isPassword = error.kind === "auth" && (error.sqlstate === null || error.sqlstate === "28P01");
  return wanted || isPassword ? { kind: "password", node, wanted, typed: new Secret("") } : null;
}

export const password: Command = {
  name: "password",
  title: "Type the password or passphrase that the node waits for",
  keys: ["p"],
  section: "nodes",
  when: (state) => promptHere(state) !== null,
  footer: { title: "password", rank: 0 },
  run: ({ store }) => {
    const overlay = promptHere(store.getState());
    if (overlay) updateScreen(store, (screen) => ({ ...screen, overlay }));
  },
};

/** A chord while the prompt is open. What was typed is a Secret from the first character on. */
export function typePassword({ store, actions }: Context, prompt: Prompt, chord: string): void {
  const { node, wanted, typed } = prompt;
  if (chord === "enter" || chord === "escape") {
    updateScreen(store, (screen) => ({ ...screen, overlay: null }));
    if (chord === "escape" || typed.reveal() === "") return;
    if (wanted) actions.enterSshSecret(wanted, typed);
    else actions.enterPassword(node, typed);
    actions.refresh();
    return;
  }
  const text = edited(typed.reveal(), chord);
  updateScreen(store, (screen) => ({ ...screen, overlay: { ...prompt, typed: new Secret(text) } }));
}
