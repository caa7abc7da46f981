import type { WantedSecret } from "../postgres/node-error.ts";
import { nodeInFocus } from "../store/on-screen.ts";
import type { OverlayOf, TestOverlay } from "../store/screen.ts";
import { shown } from "../store/selectors.ts";
import { type State, updateScreen } from "../store/store.ts";
import { Secret } from "../text/secret.ts";
import type { Command } from "./command.ts";

type Prompt = OverlayOf<"password">;

/** The prompt for what the node here waits for; null when nothing that could be typed would help. */
export function promptHere(state: State): Prompt | null {
  const node = nodeInFocus(state);
  const error = node === null ? null : shown(state).nodes[node]?.health.error;
  if (node === null || !error) return null;
  const wanted = error.wantedSecret ?? null;
  const isPassword = error.kind === "auth" && (error.sqlstate === null || error.sqlstate === "28P01");
  return wanted || isPassword ? prompt(node, wanted, null) : null;
}

/** The prompt for what a test of a connection found wanting; null when nothing that could be typed would help. */
export function promptOver(over: TestOverlay): Prompt | null {
  const wanted = over.test?.state === "done" ? over.test.wanted : null;
  if (!wanted) return null;
  const node = over.kind === "connection" ? over.form.texts.name || over.form.defaults.name : over.node;
  return prompt(node ?? "", wanted, over);
}

function prompt(node: string, wanted: WantedSecret | null, over: TestOverlay | null): Prompt {
  return { kind: "password", node, wanted, typed: new Secret(""), over };
}

export const password: Command = {
  name: "password",
  title: "Type the password or passphrase that the node waits for",
  keys: ["p"],
  section: "nodes",
  needs: "node",
  when: (state) => promptHere(state) !== null,
  footer: { title: "password", rank: 0 },
  run: ({ store }) => {
    const overlay = promptHere(store.getState());
    if (overlay) updateScreen(store, (screen) => ({ ...screen, overlay }));
  },
};
