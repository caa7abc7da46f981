import { type State, updateScreen } from "../../store/store.ts";
import { offeredViews } from "../../views/all.ts";
import { fleet } from "../../views/server/fleet.ts";
import type { AnyColumn } from "../../views/view.ts";
import type { Choice } from "../command.ts";
import { operationChoices, operations } from "../operations/all.ts";
import type { Operation } from "../operations/operation.ts";
import { showView } from "../tabs.ts";
import { wordsOf } from "../views.ts";

/** What is asked for in fewer characters is in nearly every text. */
const shortest = 3;

/**
 * What has to do with a word although nothing is called so, such as `xmin`, `vacuum` or `failover`: the operations, and
 * the views that say it of themselves or of a column, which the note names.
 */
export function choicesAbout(state: State, word: string): readonly Choice[] {
  if (word.length < shortest) return [];
  const says = (text: string) => hasWord(text, word.toLowerCase());
  const here = operationChoices(state);
  const toDo = [...here, ...elsewhere(here)].filter(({ label, note }) => says(label) || says(note));
  const found = offeredViews().flatMap((view) => {
    const { name, title, source } = view;
    const own = [name, title, source, ...wordsOf(name)].some(says);
    // The fleet's rows hold the whole pulse, and it is one key away.
    const isSearched = !own && view !== fleet;
    const column = isSearched ? Object.entries<AnyColumn>(view.columns).find(isAbout(says))?.[1] : undefined;
    return own || column ? [{ view, own, column }] : [];
  });
  const [first, second] = [found.filter(({ own }) => own), found.filter(({ own }) => !own)];
  const opening = [...first, ...second].map(
    ({ view: { name, source }, column }): Choice => ({
      label: name,
      note: column ? [column.header, column.about].filter(Boolean).join(": ") : source,
      chord: null,
      run: ({ store }) => showView(store, name),
    }),
  );
  return [...toDo, ...opening];
}

/** Operations that are for something else than what the cursor is on, with where they are to be had. */
function elsewhere(here: readonly Choice[]): readonly Choice[] {
  const offered = new Set(here.map(({ label }) => label));
  return operations
    .filter(({ name }) => !offered.has(name))
    .map((operation) => {
      const note = `${operation.title}: ${whereOf(operation)}`;
      return {
        ...{ label: operation.name, note, isOff: true, chord: null },
        run: ({ store }) => updateScreen(store, (screen) => ({ ...screen, notice: note })),
      };
    });
}

function whereOf({ views }: Operation): string {
  if (views === null) return "put the cursor on a node";
  const offered = offeredViews()
    .filter(({ name }) => views.includes(name))
    .map(({ name }) => `:${name}`);
  return `put the cursor on a row of ${offered.join(" or ")}`;
}

/** By its name, its header and, where it is drawn, what it means: of the others many are for programs. */
const isAbout =
  (says: (text: string) => boolean) =>
  ([name, { header, about = "", hidden, internal = false }]: [string, AnyColumn]) =>
    !internal && [name, header, hidden ? "" : about].some(says);

/** Whether a word of the text begins so; the parts of `backend_xmin` are words. */
function hasWord(text: string, beginning: string): boolean {
  const lower = text.toLowerCase();
  for (let at = lower.indexOf(beginning); at >= 0; at = lower.indexOf(beginning, at + 1))
    if (!/[a-z0-9]/.test(lower[at - 1] ?? " ")) return true;
  return false;
}
