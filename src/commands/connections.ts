import { currentSpot, open, type ScreenState } from "../store/screen.ts";
import { type State, updateScreen } from "../store/store.ts";
import type { Command } from "./command.ts";

/** True on the connections screen, where the keys of this file count. */
const isHere = ({ screen }: State) => currentSpot(screen).place.kind === "connections";

/** The connections screen, as it was left if the way here led through it. */
function withConnections(screen: ScreenState): ScreenState {
  const [first, ...rest] = screen.stack;
  const at = rest.findIndex(({ place }) => place.kind === "connections");
  return at < 0
    ? open(screen, { kind: "connections" })
    : { ...screen, stack: [first, ...rest.slice(0, at + 1)] };
}

export const connections: readonly Command[] = [
  {
    name: "connections",
    title: "Connections: add, test, change and group them",
    keys: ["o"],
    section: "connections",
    when: (state) => !isHere(state),
    run: ({ store }) => updateScreen(store, withConnections),
  },
];
