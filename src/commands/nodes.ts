import { nodeInFocus, overNodes, rowInTable, subjectHere, viewHere } from "../store/on-screen.ts";
import { placeIf, unfiltered, withPlace } from "../store/screen.ts";
import { nodeOrder, shown } from "../store/selectors.ts";
import { type State, updateScreen } from "../store/store.ts";
import { safeName } from "../text/text.ts";
import { viewNamed } from "../views/all.ts";
import type { Command, Context } from "./command.ts";
import { say, take } from "./connection-step.ts";
import { goToNode, neighbour } from "./navigation.ts";

const go =
  (node: (state: State) => string | null) =>
  ({ store }: Context) =>
    updateScreen(store, (screen) => {
      const target = node(store.getState());
      return target === null ? screen : goToNode(store.getState(), target);
    });

const byNumber: readonly Command[] = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((number) => ({
  name: `node-${number}`,
  title: `Node ${number} in fleet order`,
  keys: [String(number)],
  section: "nodes",
  when: (state) => nodeOrder(state).length >= number,
  run: go((state) => nodeOrder(state)[number - 1] ?? null),
}));

const stateOf = (state: State) => {
  const node = nodeInFocus(state);
  return node === null ? null : (shown(state).nodes[node]?.health.state ?? null);
};

/** Whether the line or the page is a node, and not something that is on one, such as a slot. */
function isNode(state: State): boolean {
  const view = viewNamed(viewHere(state) ?? "");
  if (view === undefined || subjectHere(state).row === null)
    return view === undefined || view.nodeRows === true;
  const row = rowInTable(state);
  return view.nodeRows === true && row !== null && view.opens?.(row, nodeInFocus(state) ?? "")?.row === null;
}

/** The place of the last step whose node is still there; -1 where there is none. */
const lastStep = ({ observed, screen }: State): number =>
  screen.undo.findLastIndex(({ node }) => observed.nodes[node] !== undefined);

/** Named whole: beside the notice of an operation a bare undo would promise to take that back. */
function undoes(state: State): string {
  const { did, node } = state.screen.undo[lastStep(state)] ?? { did: "connect", node: "" };
  return `undo ${did} of ${safeName(node, 20)}`;
}

const undo: Command = {
  name: "undo",
  title: "Undo: connect the node again that was disconnected, or the other way round",
  keys: ["u"],
  section: "nodes",
  when: (state) => lastStep(state) >= 0,
  footer: { title: undoes, rank: -0.5 },
  run: ({ store, actions }) => {
    const state = store.getState();
    const at = lastStep(state);
    const step = state.screen.undo[at];
    if (!step) return;
    const opposite = step.did === "connect" ? "disconnect" : "connect";
    updateScreen(store, (screen) => ({ ...screen, undo: screen.undo.slice(0, at) }));
    say(store, { node: step.node, did: opposite }, " again");
    actions[opposite](step.node);
    actions.refresh();
  },
};

export const nodes: readonly Command[] = [
  {
    name: "next-node",
    title: "Next node, same view",
    keys: ["."],
    section: "nodes",
    footer: { title: "node", rank: 5 },
    run: go((state) => neighbour(state, 1)),
  },
  {
    name: "previous-node",
    title: "Previous node, same view",
    keys: [","],
    section: "nodes",
    run: go((state) => neighbour(state, -1)),
  },
  ...byNumber,
  {
    name: "all-nodes",
    title: "The same view over all nodes",
    keys: ["0"],
    section: "nodes",
    run: ({ store }) =>
      updateScreen(store, (screen) => {
        const place = overNodes(store.getState(), { kind: "all" });
        return place ? withPlace(screen, place) : screen;
      }),
  },
  {
    name: "pick-node",
    title: "Pick a node, same view (:node NAME opens its page)",
    keys: ["n"],
    section: "nodes",
    footer: { title: "nodes", rank: 6 },
    run: ({ store }) =>
      updateScreen(store, (screen) => ({ ...screen, overlay: { kind: "picker", ...unfiltered } })),
  },
  {
    name: "refresh",
    title: "Refresh now; retry nodes that are down",
    keys: ["r"],
    section: "nodes",
    // There it plans again: nothing else is shown that could be newer.
    when: ({ screen }) => placeIf(screen, "plan") === null,
    run: ({ store, actions }) => {
      for (const node of Object.values(store.getState().observed.nodes))
        if (node.health.nextAttemptAtMs !== null) actions.connect(node.name);
      actions.refresh();
    },
  },
  {
    name: "disconnect",
    title: "Disconnect the node, on its line or page; production asks first",
    keys: ["d"],
    section: "nodes",
    needs: "node",
    disabledReason: (state) => {
      if (stateOf(state) === "disconnected") return "it is disconnected already; c connects it";
      if (isNode(state)) return null;
      const name = safeName(nodeInFocus(state) ?? "");
      return `d disconnects a whole node: press it in the fleet, or on the page of ${name} (:node ${name})`;
    },
    run: (context) => {
      const state = context.store.getState();
      const node = nodeInFocus(state);
      if (node === null) return;
      if (!shown(state).nodes[node]?.production) take(context, { node, did: "disconnect" });
      else updateScreen(context.store, (screen) => ({ ...screen, overlay: { kind: "disconnect", node } }));
    },
  },
  {
    name: "connect",
    title: "Connect the node; or try again now",
    keys: ["c"],
    section: "nodes",
    needs: "node",
    disabledReason: (state) => (stateOf(state) === "connected" ? "it is connected" : null),
    run: (context) => {
      const { store, actions } = context;
      const node = nodeInFocus(store.getState());
      if (node === null) return;
      if (stateOf(store.getState()) === "disconnected") take(context, { node, did: "connect" });
      else actions.connect(node);
      actions.refresh();
    },
  },
  undo,
];
