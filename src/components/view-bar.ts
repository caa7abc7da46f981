import { commands } from "../commands/all.ts";
import { commandFor } from "../commands/dispatch.ts";
import { type Tab, tabsHere } from "../commands/tabs.ts";
import type { State } from "../store/store.ts";
import { width as cellsOf } from "../text/cells.ts";
import { joined, type SafeText, safe } from "../text/safe-text.ts";
import { safeText } from "../text/text.ts";
import type { Theme } from "./drawing/theme.ts";

/**
 * The names of the views beside the one on screen, which stands in brackets: all with their keys where there is room,
 * else those that have a key or are of its section, else the names, else those of its section among the names of the
 * other sections, else those of its section, else as many of these as there is room for around its own.
 */
export function viewBar(state: State, theme: Theme, width: number): SafeText {
  const tabs = tabsHere(state).map(({ name, section, isHere }) => ({
    name,
    section,
    isHere,
    key: keyOf(name, state),
  }));
  const names = tabs.map((tab) => ({ ...tab, key: null }));
  const here = tabs.find(({ isHere }) => isHere)?.section;
  const near = tabs.filter(({ key, section }) => key !== null || section === here);
  const own = names.filter(({ section }) => section === here);
  const form = [tabs, near, names, bySection(names), own].find((some) => cells(some) <= width);
  return form ? joined(form.map((tab) => draw(tab, theme))) : around(own, theme, width);
}

/** How many cells {@link draw} takes for them, without drawing: this bar is part of each frame. */
const cells = (some: readonly Name[]): number =>
  some.reduce(
    (sum, { name, key }) => sum + cellsOf(safeText(name)) + 2 + (key === null ? 0 : key.length + 1),
    0,
  );

/** The neighbours of the view on screen, the next before the one before, and a sign where there are more. */
function around(own: readonly Name[], theme: Theme, width: number): SafeText {
  const more = theme.paint("muted", theme.glyphs.ellipsis);
  const line = (from: number, to: number) =>
    joined([
      ...(from > 0 ? [more] : []),
      ...own.slice(from, to).map((tab) => draw(tab, theme)),
      ...(to < own.length ? [more] : []),
    ]);
  const here = own.findIndex(({ isHere }) => isHere);
  const fits = (from: number, to: number) =>
    from >= 0 && to <= own.length && cellsOf(line(from, to)) <= width;
  let [from, to] = [here, here + 1];
  if (here < 0 || !fits(from, to)) return safe``;
  for (;;) {
    if (fits(from, to + 1)) to += 1;
    else if (!fits(from - 1, to)) return line(from, to);
    if (fits(from - 1, to)) from -= 1;
  }
}

type Name = Tab & { readonly key: string | null };

/** The key of a view; null where it has none, or where that key means something else now. */
function keyOf(view: string, state: State): string | null {
  const [key] = commands.find(({ name }) => name === view)?.keys ?? [];
  if (key === undefined) return null;
  const meant = commandFor(key, state)?.name ?? view;
  return meant === view ? key : null;
}

/** Brackets take the place of blanks, so that no name moves. */
function draw({ name, key, isHere }: Name, { paint }: Theme): SafeText {
  const word = safeText(name);
  if (isHere) return paint("strong", key === null ? safe`[${word}]` : safe`[${safeText(key)} ${word}]`);
  const keyed = key === null ? safe`` : safe`${paint("strong", safeText(key))} `;
  return safe` ${keyed}${paint("muted", word)} `;
}

/** The views of the section on screen by name, and every other section by its own. */
function bySection(names: readonly Name[]): readonly Name[] {
  const here = names.find(({ isHere }) => isHere)?.section;
  const seen = new Set<string>();
  return names.flatMap((one) => {
    if (one.section === here) return [one];
    if (seen.has(one.section)) return [];
    seen.add(one.section);
    return [{ ...one, name: one.section }];
  });
}
