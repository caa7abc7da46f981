import type { UnknownHost, WantedSecret } from "../postgres/node-error.ts";
import { nodeInFocus } from "../store/on-screen.ts";
import type { OverlayOf, ScreenState, TestOverlay } from "../store/screen.ts";
import { shown } from "../store/selectors.ts";
import { type State, updateScreen } from "../store/store.ts";
import { Secret } from "../text/secret.ts";
import type { Command } from "./command.ts";

// What a login waits for that a user can give: a secret, or the word that a host is the right one.

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

/** The ssh host before the node here that is not known, or null. */
export function unknownHostHere(state: State): UnknownHost | null {
  const node = nodeInFocus(state);
  return (node === null ? null : shown(state).nodes[node]?.health.error?.unknownHost) ?? null;
}

/** The screen with the question whether a host is the right one. */
export function withQuestion(screen: ScreenState, host: UnknownHost): ScreenState {
  return { ...screen, overlay: { kind: "host-key", host, over: null } };
}

/** The same question over the test of a connection that came to such a host; null where it did not. */
export function questionOver(over: TestOverlay): OverlayOf<"host-key"> | null {
  const host = over.test?.state === "done" ? over.test.unknownHost : null;
  return host && { kind: "host-key", host, over };
}

export const hostKey: Command = {
  name: "trust-host",
  title: "Trust the key of the ssh host before the node",
  keys: ["T"],
  section: "nodes",
  needs: "node",
  when: (state) => unknownHostHere(state) !== null,
  footer: { title: "trust host", rank: -1 },
  run: ({ store }) => {
    const host = unknownHostHere(store.getState());
    if (host) updateScreen(store, (screen) => withQuestion(screen, host));
  },
};
