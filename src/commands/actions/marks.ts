import { marksHere, mostMarks } from "../../store/actions/marks.ts";
import { cursorLine, lineKeys, viewHere } from "../../store/on-screen.ts";
import { placeIf, withSpot } from "../../store/screen.ts";
import { type State, type Store, updateScreen } from "../../store/store.ts";
import { currentTable } from "../../store/table.ts";
import type { Command, Context } from "../command.ts";
import { takesSeveral } from "../operations/all.ts";
import { showsSessions } from "./signals.ts";

/** Whether the screen has rows or nodes that can be drawn together. */
function canBeDrawn(state: State): boolean {
  const { screen } = state;
  const isTable = placeIf(screen, "view") !== null || placeIf(screen, "fleet") !== null;
  return isTable && !hasRows(state) && lineKeys(state).length > 0;
}

/** Marks the line under the cursor, or takes its mark away. */
function mark({ store }: Context): void {
  const state = store.getState();
  const keys = lineKeys(state);
  const at = cursorLine(state);
  const key = keys[at];
  if (key === undefined) return;
  const marks = new Set(marksHere(state));
  const isFull = !marks.has(key) && marks.size >= mostMarks;
  if (!marks.delete(key) && !isFull) marks.add(key);
  const notice = isFull ? `${mostMarks} are marked: no more can be` : null;
  setMarks(store, marks, Math.min(at + 1, keys.length - 1), notice);
}

/** Whether something on screen can be done with several rows. */
function hasRows(state: State): boolean {
  const takes = showsSessions(state) || takesSeveral(viewHere(state) ?? "");
  return takes && placeIf(state.screen, "view") !== null && lineKeys(state).length > 0;
}

function setMarks(
  store: Store,
  marks: ReadonlySet<string>,
  index: number | null,
  notice: string | null,
): void {
  const keys = lineKeys(store.getState());
  const cursor = index === null ? {} : { index, cursor: keys[index] ?? null };
  updateScreen(store, (screen) => ({ ...withSpot(screen, { marks, ...cursor }), notice }));
}

/** Marks stand for the rows under the cursor: what is done with one row is then done with all of them. */
export const marking: readonly Command[] = [
  {
    name: "mark",
    title: "Mark or unmark the session, slot or subscription; move down",
    keys: ["x"],
    section: "actions",
    footer: { title: "mark", rank: 1.27 },
    when: hasRows,
    run: mark,
  },
  {
    name: "mark-for-chart",
    title: "Mark or unmark the line, to draw two in one chart; move down",
    keys: ["x"],
    section: "view",
    when: canBeDrawn,
    run: mark,
  },
  {
    name: "mark-all",
    title: "Mark all that are shown; or unmark all",
    keys: ["X"],
    section: "actions",
    when: hasRows,
    // A filter that cannot be used hides nothing: all rows are shown, and none was chosen.
    disabledReason: (state) => {
      const why = currentTable(state)?.filterError ?? null;
      return why === null ? null : `the filter cannot be used: ${why}`;
    },
    run: ({ store }) => {
      const state = store.getState();
      const marks = marksHere(state);
      const keys = lineKeys(state);
      if (keys.every((key) => marks.has(key)) || marks.size >= mostMarks)
        return setMarks(store, new Set(), null, "all marks removed");
      const all = new Set([...marks, ...keys]);
      const kept = new Set([...all].slice(0, mostMarks));
      const left = all.size - kept.size;
      const notice =
        left === 0 ? `${kept.size} marked` : `${kept.size} marked, ${left} not: ${mostMarks} is the limit`;
      setMarks(store, kept, null, notice);
    },
  },
];
