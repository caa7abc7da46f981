import type { UnknownHost } from "../postgres/node-error.ts";
import { nodeInFocus } from "../store/on-screen.ts";
import type { OverlayOf, ScreenState, TestOverlay } from "../store/screen.ts";
import { shown } from "../store/selectors.ts";
import { type State, updateScreen } from "../store/store.ts";
import type { Command } from "./command.ts";

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
