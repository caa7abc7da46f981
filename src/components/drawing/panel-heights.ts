/** Lines that a panel needs to say anything, and those that it could fill. */
export type Wants = { readonly least: number; readonly most: number };

/**
 * How many of `room` lines each panel gets, the most important first: first each its least, as long as that fits; then
 * what they could fill, at most half of the room while others want some too; the rest in their order. 0 is no panel.
 */
export function panelHeights(room: number, panels: readonly Wants[]): number[] {
  let rest = Math.max(0, room);
  const heights = panels.map(({ least }) => {
    if (least > rest) return 0;
    rest -= least;
    return least;
  });
  for (const ceiling of [Math.floor(room / 2), room])
    panels.forEach(({ most }, at) => {
      const has = heights[at] ?? 0;
      if (has === 0) return;
      const more = Math.max(0, Math.min(rest, Math.min(most, ceiling) - has));
      heights[at] = has + more;
      rest -= more;
    });
  return heights;
}
