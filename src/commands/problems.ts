import { cursorLine, scopeHere } from "../store/on-screen.ts";
import type { ScreenState } from "../store/screen.ts";
import { nodeOrder, shown } from "../store/selectors.ts";
import { type State, updateScreen } from "../store/store.ts";
import { currentTable, type Table, type TableLine } from "../store/table.ts";
import { badness } from "../views/node-word.ts";
import type { View } from "../views/view.ts";
import type { Command } from "./command.ts";
import { goToNode, moveTo } from "./navigation.ts";

/** Whether a value of the line is a warning or worse. A heading stands for its nodes only while they are folded away. */
function isProblem(view: View, { node, row, below, isFolded }: TableLine): boolean {
  if (node === null && below > 0 && !isFolded) return false;
  if (view.isCause?.(row) === false) return false;
  return Object.entries(view.columns).some(([name, { severity }]) => {
    const value = row[name];
    return value != null && severity !== undefined && severity(value, row) !== "ok";
  });
}

const known = new WeakMap<Table, readonly number[]>();

/** The lines that are a problem. A table is looked through once: the footer asks at every frame. */
function problemsIn(table: Table): readonly number[] {
  const { view, lines } = table;
  const found = known.get(table) ?? lines.flatMap((line, at) => (isProblem(view, line) ? [at] : []));
  known.set(table, found);
  return found;
}

/** The first after `from`, around the end; undefined where there is none. */
const nextAfter = (places: readonly number[], from: number) => places.find((at) => at > from) ?? places[0];

/** The screen with the next problem under the cursor, or the page of the next node that has one; null where all is well. */
function atNext(state: State): ScreenState | null {
  const table = currentTable(state);
  if (table) {
    const at = nextAfter(problemsIn(table), cursorLine(state));
    return at === undefined ? null : moveTo(state, at);
  }
  const scope = scopeHere(state);
  if (scope.kind !== "node") return null;
  const [names, { nodes }] = [nodeOrder(state), shown(state)];
  const problems = names.flatMap((name, at) => {
    const node = nodes[name];
    return node !== undefined && badness(node) >= 2 ? [at] : [];
  });
  const name = names[nextAfter(problems, names.indexOf(scope.node)) ?? -1];
  return name === undefined ? null : goToNode(state, name);
}

/** Whether there is one at all: without looking for the cursor, since every frame asks. */
function hasProblem(state: State): boolean {
  const table = currentTable(state);
  return table ? problemsIn(table).length > 0 : atNext(state) !== null;
}

export const nextProblem: Command = {
  name: "next-problem",
  title: "Next problem: line or node",
  keys: ["e"],
  section: "navigation",
  when: hasProblem,
  footer: { title: "problem", rank: 1.95 },
  run: ({ store }) => {
    const state = store.getState();
    updateScreen(store, (screen) => atNext(state) ?? screen);
  },
};
