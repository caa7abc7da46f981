import { printElapsed } from "../postgres/pretty.ts";
import { safeText } from "../postgres/text.ts";
import type { ConnectionTest } from "../store/connection-test.ts";
import type { Theme } from "./theme.ts";
import { wrapped } from "./wrapped.ts";

/** What a test of a connection found out, one thing a line, or that it runs. */
export function testLines(test: ConnectionTest, nowMs: number, width: number, theme: Theme): string[] {
  const { ellipsis, connecting } = theme.glyphs;
  if (test.state === "running") {
    const since = printElapsed((nowMs - test.sinceMs) / 1000);
    return [theme.paint("accent", `${connecting} testing ${since}`)];
  }
  const ofBefore = test.outdated ? wrapped("of what stood here before the last change", width) : [];
  const age = ofBefore.map((line) => theme.paint("warning", line));
  const labels = Math.max(0, ...test.lines.map(({ label }) => label.length));
  const lines = test.lines.flatMap(({ label, value, meaning }) => {
    const room = Math.max(8, width - labels - 2);
    return wrapped(safeText(value, 400, ellipsis), room).map(
      (part, at) =>
        `${theme.paint("muted", (at === 0 ? label : "").padStart(labels))}  ${theme.paint(meaning, part)}`,
    );
  });
  return [...age, ...lines];
}
