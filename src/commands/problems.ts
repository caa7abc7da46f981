import { cursorLine, scopeHere } from "../store/on-screen.ts";
import type { ScreenState } from "../store/screen.ts";
import { nodeOrder, shown } from "../store/selectors.ts";
import { type State, updateScreen } from "../store/store.ts";
import { currentTable, type TableLine } from "../store/table.ts";
import { badness } from "../views/node-word.ts";
import type { View } from "../views/view.ts";
import type { Command } from "./command.ts";
import { goToNode, moveTo } from "./navigation.ts";

/** Whether a value of the line is a warning or worse. A heading stands for its nodes only while they are folded away. */
function isProblem(view: View, { key, node, row, below }: TableLine, folded: ReadonlySet<string>): boolean {
  if (node === null && below > 0 && !folded.has(key)) return false;
  return Object.entries(view.columns).some(([name, { severity }]) => {
    const value = row[name];
    return value != null && severity !== undefined && severity(value, row) !== "ok";
  });
}

/** The first after `from` for which a test holds, around the end; -1 where there is none. */
function nextAfter<T>(items: readonly T[], from: number, test: (item: T) => boolean): number {
  const after = items.findIndex((item, at) => at > from && test(item));
  return after >= 0 ? after : items.findIndex(test);
}

/** The screen with the next problem under the cursor, or the page of the next node that has one; null where all is well. */
function atNext(state: State): ScreenState | null {
  const table = currentTable(state);
  if (table) {
    const { view, lines } = table;
    const at = nextAfter(lines, cursorLine(state), (line) => isProblem(view, line, state.screen.folded));
    return at < 0 ? null : moveTo(state, at);
  }
  const scope = scopeHere(state);
  if (scope.kind !== "node") return null;
  const [names, { nodes }] = [nodeOrder(state), shown(state)];
  const at = nextAfter(names, names.indexOf(scope.node), (name) => {
    const node = nodes[name];
    return node !== undefined && badness(node) >= 2;
  });
  const name = names[at];
  return name === undefined ? null : goToNode(state, name);
}

export const nextProblem: Command = {
  name: "next-problem",
  title: "Next problem: line or node",
  keys: ["e"],
  section: "navigation",
  when: (state) => atNext(state) !== null,
  footer: { title: "problem", rank: 1.95 },
  run: ({ store }) => {
    const state = store.getState();
    updateScreen(store, (screen) => atNext(state) ?? screen);
  },
};
