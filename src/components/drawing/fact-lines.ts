import { width as cellsOf } from "../../text/cells.ts";
import { padStart, repeated, type SafeText, safe, trimEnd } from "../../text/safe-text.ts";
import { fit, safeText } from "../../text/text.ts";
import { wrapped } from "../../text/wrapped.ts";
import type { Meaning, Theme } from "./theme.ts";

/** A thing that is known, by its name. The value is text of one line. */
export type Fact = readonly [label: string, value: SafeText, meaning?: Meaning];

/** Further apart the eye loses the line. */
const widestHalf = 72;

/** A column's heading in small letters, but for units: B is no b. */
export const labelOf = (header: string) => header.replace(/[A-Z]{2,}/g, (word) => word.toLowerCase());

/** Two lists side by side with their values in line, or one below the other where there is little room. */
export function factLines(
  left: readonly Fact[],
  right: readonly Fact[],
  width: number,
  theme: Theme,
): SafeText[] {
  const cells = halfOf(width);
  if (cells < leastHalf) return factColumn([...left, ...right], width, theme);
  const [leftLabels, rightLabels] = [labelCells(left), labelCells(right)];
  return Array.from({ length: Math.max(left.length, right.length) }, (_, at): SafeText => {
    const [a, b] = [left[at], right[at]];
    const first = a ? draw(a, cells, leftLabels, theme) : repeated(safe` `, cells);
    // Nothing stands to the right of it: it has all that is left.
    return b ? safe`${first}${draw(b, width - cells, rightLabels, theme)}` : first;
  });
}

const leastHalf = 40;
const halfOf = (width: number) => Math.min(widestHalf, Math.floor(width / 2));

/** One list with its values in line. */
export function factColumn(facts: readonly Fact[], width: number, theme: Theme): SafeText[] {
  return facts.map((fact) => draw(fact, width, labelCells(facts), theme));
}

/** As {@link factLines}; what its half of the line would cut stands below, over the whole line and as many as it takes. */
export function wholeFactLines(facts: readonly Fact[], width: number, theme: Theme): SafeText[] {
  const half = halfOf(width);
  const room = (half < leastHalf ? width : half) - labelCells(facts) - 3;
  const isLong = ([, value]: Fact) => cellsOf(value) > room;
  const short = facts.filter((fact) => !isLong(fact));
  const long = facts.filter(isLong);
  const middle = Math.ceil(short.length / 2);
  const labels = labelCells(long);
  return [
    ...factLines(short.slice(0, middle), short.slice(middle), width, theme),
    ...long.flatMap(([label, value, meaning]) =>
      wrapped(value, width - labels - 4).map((line, at) =>
        draw([at === 0 ? label : "", line, meaning ?? "plain"], width, labels, theme),
      ),
    ),
  ];
}

const labelCells = (facts: readonly Fact[]) => Math.max(0, ...facts.map(([label]) => label.length));

function draw([label, value, meaning]: Fact, cells: number, labels: number, theme: Theme): SafeText {
  const text = fit(value, cells - labels - 3, "left", theme.glyphs.ellipsis);
  const core = trimEnd(text);
  const painted = meaning ? theme.paint(meaning, core) : core;
  return safe` ${theme.paint("muted", padStart(safeText(label), labels))}  ${painted}${repeated(safe` `, text.length - core.length)}`;
}
