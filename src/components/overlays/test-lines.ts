import type { ConnectionTest } from "../../store/connection-test.ts";
import { printElapsed } from "../../text/pretty.ts";
import { padStart, type SafeText, safe } from "../../text/safe-text.ts";
import { safeText } from "../../text/text.ts";
import { wrapped } from "../../text/wrapped.ts";
import { keyName } from "../drawing/key-name.ts";
import type { Theme } from "../drawing/theme.ts";

/**
 * What a test of a connection found out, one thing a line, or that it runs: in `height` rows, from its `top` on where
 * they are too few.
 */
export function testLines(
  test: ConnectionTest,
  nowMs: number,
  { width, height }: { readonly width: number; readonly height: number },
  theme: Theme,
): SafeText[] {
  const { ellipsis, connecting } = theme.glyphs;
  if (test.state === "running") {
    const since = printElapsed((nowMs - test.sinceMs) / 1000);
    return [theme.paint("accent", safe`${connecting} testing ${since}`)];
  }
  const ofBefore = test.outdated ? wrapped(safe`of what stood here before the last change`, width) : [];
  const age = ofBefore.map((line) => theme.paint("warning", line));
  const labels = Math.max(0, ...test.lines.map(({ label }) => label.length));
  const linesFrom = (top: number) =>
    test.lines.slice(top).flatMap(({ label, value, meaning }) => {
      const room = Math.max(8, width - labels - 2);
      return wrapped(safeText(value, 400, ellipsis), room).map(
        (part, at) =>
          safe`${theme.paint("muted", padStart(at === 0 ? safeText(label) : safe``, labels))}  ${theme.paint(meaning, part)}`,
      );
    });
  const all = [...age, ...linesFrom(0)];
  if (all.length <= height) return all;
  const rest = [...age, ...linesFrom(test.top)];
  if (rest.length <= height) return rest;
  const more = theme.paint("accent", safe`${keyName("pagedown", theme)} shows more`);
  return [...rest.slice(0, Math.max(0, height - 1)), more];
}
