import { after } from "../services/schedule.ts";
import { readLooks, writeLooks } from "../services/view-looks.ts";
import { type Store, updateScreen } from "../store/store.ts";
import type { Looks, ViewLook } from "../store/tables/looks.ts";

/** A user who tries out columns does not write a file at every key. */
const writeAfterMs = 1000;

/**
 * Looks at views as earlier runs left them, and writes what the user changes of it a moment later.
 * @returns what writes the rest at the end
 */
export function keepLooks(store: Store, directory: string): () => Promise<void> {
  const changed = new Map<string, ViewLook | undefined>();
  let callOff = () => {};
  let isReading = false;
  let isTold = false;
  const write = async () => {
    callOff();
    if (changed.size === 0) return;
    const some = new Map(changed);
    changed.clear();
    const why = await writeLooks(directory, some);
    if (why === null || isTold) return;
    isTold = true;
    const notice = `columns and order last until the program ends, they cannot be written: ${why}`;
    updateScreen(store, (screen) => ({ ...screen, notice }));
  };
  store.subscribe(({ looks }, before) => {
    if (looks === before.looks || isReading) return;
    for (const view of changedIn(looks, before.looks)) changed.set(view, looks[view]);
    callOff();
    callOff = after(writeAfterMs, () => void write());
  });
  void readLooks(directory).then((read) => {
    const unchanged = Object.entries(read).filter(([view]) => !changed.has(view));
    if (unchanged.length === 0) return;
    isReading = true;
    store.setState(({ looks }) => ({ looks: { ...Object.fromEntries(unchanged), ...looks } }));
    isReading = false;
  });
  return write;
}

function changedIn(now: Looks, before: Looks): readonly string[] {
  return [...new Set([...Object.keys(now), ...Object.keys(before)])].filter(
    (view) => now[view] !== before[view],
  );
}
