import type { ConnectionForm } from "../store/connection-form.ts";
import { connectionLines } from "../store/connection-lines.ts";
import { cursorLine } from "../store/on-screen.ts";
import {
  type Change,
  type ConnectionTarget,
  isPlace,
  type Overlay,
  open,
  placeIf,
  type ScreenState,
  unfiltered,
  withSpot,
} from "../store/screen.ts";
import { type State, updateScreen } from "../store/store.ts";
import { safeName } from "../text/text.ts";
import type { Command, Context } from "./command.ts";

/** True on the connections screen, where the keys of this file count. */
const isHere = (state: State) => placeIf(state.screen, "connections") !== null;

/** The line under the cursor of the connections screen, or null. */
function target(state: State): ConnectionTarget | null {
  if (!isHere(state)) return null;
  const line = connectionLines(state)[cursorLine(state)];
  if (!line) return null;
  return { kind: line.kind, name: line.kind === "node" ? line.entry.name : line.group.name };
}

/** A node that a source lists: says where what it has is written, and true. */
function isFound({ kind, name }: ConnectionTarget, { store }: Context): boolean {
  const entry = store.getState().connections.entries.find((one) => one.name === name);
  if (kind !== "node" || entry?.foundIn == null) return false;
  const cluster = safeName(entry.foundIn, 40);
  const notice = `${safeName(name, 40)} is found in ${cluster}: its options are those of discover.node there`;
  updateScreen(store, (screen) => ({ ...screen, notice }));
  return true;
}

const isOn = (kind: ConnectionTarget["kind"]) => (state: State) => target(state)?.kind === kind;
const isOnLine = (state: State) => target(state) !== null;

/** A command's way to do something with the line under the cursor, which stays on it wherever it goes. */
const withTarget = (act: (target: ConnectionTarget, context: Context) => void) => (context: Context) => {
  const { store } = context;
  const here = target(store.getState());
  if (!here) return;
  const cursor = `${here.kind === "group" ? "g" : "n"}:${here.name}`;
  updateScreen(store, (screen) => withSpot(screen, { cursor }));
  act(here, context);
};

function show({ store }: Context, overlay: Overlay): void {
  updateScreen(store, (screen) => ({ ...screen, overlay }));
}

function ask(context: Context, change: Change): void {
  show(context, { kind: "change", change });
}

function showForm(context: Context, form: ConnectionForm | null): void {
  if (form) show(context, { kind: "connection", form, test: null });
}

/** The connections screen, as it was left if the way here led through it. */
function withConnections(screen: ScreenState): ScreenState {
  const [first, ...rest] = screen.stack;
  const at = rest.findIndex(({ place }) => isPlace(place, "connections"));
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
    footer: { title: "connections", rank: 8.5 },
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
    run: (context) => showForm(context, context.actions.connections.form(null, "add")),
  },
  {
    name: "edit-connection",
    title: "Change connection or group",
    keys: ["e"],
    section: "connections",
    when: isOnLine,
    footer: { title: "edit", rank: 1.2 },
    run: withTarget((target, context) => {
      if (isFound(target, context)) return;
      const { kind, name } = target;
      const { form, groupForm } = context.actions.connections;
      showForm(context, kind === "node" ? form(name, "change") : groupForm(name));
    }),
  },
  {
    name: "test-connection",
    title: "Test the connection: each step of a login, and what the role may do",
    keys: ["t"],
    section: "connections",
    when: isOn("node"),
    footer: { title: "test", rank: 1.3 },
    run: withTarget(({ name }, context) => {
      show(context, { kind: "connection-test", node: name, test: null });
      context.actions.connections.test(name);
    }),
  },
  {
    name: "duplicate-connection",
    title: "New connection like this one",
    keys: ["y"],
    section: "connections",
    when: isOn("node"),
    footer: { title: "duplicate", rank: 1.4 },
    run: withTarget(({ name }, context) => showForm(context, context.actions.connections.form(name, "add"))),
  },
  {
    name: "move-connection",
    title: "Move it to another group",
    keys: ["m"],
    section: "connections",
    when: isOn("node"),
    footer: { title: "move", rank: 1.5 },
    run: withTarget((target, context) => {
      if (isFound(target, context)) return;
      show(context, { kind: "group", node: target.name, ...unfiltered });
    }),
  },
  {
    name: "delete-connection",
    title: "Delete connection or group; it asks first",
    keys: ["D", "ctrl-d"],
    section: "connections",
    when: isOnLine,
    footer: { title: "delete", rank: 1.6 },
    run: withTarget((target, context) => ask(context, { act: "delete", target })),
  },
  {
    name: "group-down",
    title: "Move the group down",
    keys: ["J"],
    section: "connections",
    when: isOn("group"),
    footer: { title: "move", rank: 1.7 },
    run: withTarget(({ name }, context) => ask(context, { act: "shift", group: name, distance: 1 })),
  },
  {
    name: "group-up",
    title: "Move the group up",
    keys: ["K"],
    section: "connections",
    when: isOn("group"),
    run: withTarget(({ name }, context) => ask(context, { act: "shift", group: name, distance: -1 })),
  },
];
