import { connectionLines } from "../store/connections.ts";
import { currentSpot, open, type ScreenState } from "../store/screen.ts";
import { cursorIndex, lineKeys } from "../store/selectors.ts";
import { type State, updateScreen } from "../store/store.ts";
import type { Command, Context } from "./command.ts";

/** True on the connections screen, where the keys of this file count. */
const isHere = ({ screen }: State) => currentSpot(screen).place.kind === "connections";

/** The connection under the cursor of the connections screen, or null. */
function entryInFocus(state: State): string | null {
  if (!isHere(state)) return null;
  const line = connectionLines(state)[cursorIndex(currentSpot(state.screen), lineKeys(state))];
  return line?.kind === "node" ? line.entry.name : null;
}

const isOnNode = (state: State) => entryInFocus(state) !== null;

function openForm({ store, actions }: Context, node: string | null, purpose: "add" | "change"): void {
  const form = actions.connections.form(node, purpose);
  if (form)
    updateScreen(store, (screen) => ({ ...screen, overlay: { kind: "connection", form, test: null } }));
}

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
    title: "The connections by group",
    keys: ["o"],
    section: "connections",
    when: (state) => !isHere(state),
    run: ({ store }) => updateScreen(store, withConnections),
  },
  {
    name: "new-connection",
    title: "New connection: paste a string or fill in a form",
    keys: ["N"],
    section: "connections",
    when: isHere,
    footer: { title: "new", rank: 1.1 },
    run: (context) => openForm(context, null, "add"),
  },
  {
    name: "duplicate-connection",
    title: "New connection like this one",
    keys: ["y"],
    section: "connections",
    when: isOnNode,
    footer: { title: "duplicate", rank: 1.4 },
    run: (context) => openForm(context, entryInFocus(context.store.getState()), "add"),
  },
];
