import type { State } from "../../store/store.ts";
import { offeredViews } from "../../views/all.ts";
import { fleet } from "../../views/server/fleet.ts";
import type { AnyColumn } from "../../views/view.ts";
import type { Choice } from "../command.ts";
import { operationChoices } from "../operations/all.ts";
import { showView } from "../tabs.ts";

/** What is asked for in fewer characters is in nearly every text. */
const shortest = 3;

/**
 * What has to do with a word although nothing is called so, such as `xmin`, `wraparound` or `failover`: the operations
 * on what the cursor is on, and the views that say it of themselves or of a column, which the note names.
 */
export function choicesAbout(state: State, word: string): readonly Choice[] {
  if (word.length < shortest) return [];
  const says = (text: string) => hasWord(text, word.toLowerCase());
  const toDo = operationChoices(state).filter(({ label, note }) => says(label) || says(note));
  const found = offeredViews.flatMap((view) => {
    // Its rows hold the whole pulse, and it is one key away.
    if (view === fleet) return [];
    const own = [view.name, view.title, view.source].some(says);
    const column = own ? undefined : Object.entries<AnyColumn>(view.columns).find(isAbout(says))?.[1];
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

/** By its name, its header and, where it is drawn, what it means: of the others many are for programs. */
const isAbout =
  (says: (text: string) => boolean) =>
  ([name, { header, about = "", hidden }]: [string, AnyColumn]) =>
    [name, header, hidden ? "" : about].some(says);

/** Whether a word of the text begins so; the parts of `backend_xmin` are words. */
function hasWord(text: string, beginning: string): boolean {
  const words = text.toLowerCase();
  for (let at = words.indexOf(beginning); at >= 0; at = words.indexOf(beginning, at + 1))
    if (!/[a-z0-9]/.test(words[at - 1] ?? " ")) return true;
  return false;
}
