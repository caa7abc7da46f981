import { currentSpot, unfiltered } from "../store/screen.ts";
import { nodeOrder, shown } from "../store/selectors.ts";
import { type State, updateScreen } from "../store/store.ts";
import type { Command, Context } from "./command.ts";
import { nodeInFocus } from "./focus.ts";
import { goToNode, neighbour, withPlace } from "./navigation.ts";

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

export const nodes: readonly Command[] = [
  {
    name: "next-node",
    title: "Next node, same view",
    keys: ["]"],
    section: "nodes",
    footer: { title: "node", rank: 5 },
    run: go((state) => neighbour(state, 1)),
  },
  {
    name: "previous-node",
    title: "Previous node, same view",
    keys: ["["],
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
        const { place } = currentSpot(screen);
        if (place.kind === "view") return withPlace(screen, { ...place, scope: { kind: "all" } });
        return place.kind === "node" ? { ...screen, stack: [screen.stack[0]] } : screen;
      }),
  },
  {
    name: "pick-node",
    title: "Pick a node by name",
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
    run: ({ store, actions }) => {
      for (const node of Object.values(store.getState().observed.nodes))
        if (node.health.nextAttemptAtMs !== null) actions.connect(node.name);
      actions.refresh();
    },
  },
  {
    name: "disconnect",
    title: "Disconnect the node and leave it alone",
    keys: ["d"],
    section: "nodes",
    when: (state) => nodeInFocus(state) !== null,
    disabledReason: (state) =>
      stateOf(state) === "disconnected" ? "it is disconnected already; c connects it" : null,
    run: ({ store, actions }) => {
      const node = nodeInFocus(store.getState());
      if (node !== null) actions.disconnect(node);
    },
  },
  {
    name: "connect",
    title: "Connect the node, or try again now",
    keys: ["c"],
    section: "nodes",
    when: (state) => nodeInFocus(state) !== null,
    disabledReason: (state) => (stateOf(state) === "connected" ? "it is connected" : null),
    run: ({ store, actions }) => {
      const node = nodeInFocus(store.getState());
      if (node === null) return;
      actions.connect(node);
      actions.refresh();
    },
  },
];
