import { printElapsed } from "../postgres/pretty.ts";
import { safeText } from "../postgres/text.ts";
import type { ConnectionTest } from "../store/connection-test.ts";
import type { Theme } from "./theme.ts";

/** What a test of a connection found out, one thing a line, or that it runs. */
export function testLines(test: ConnectionTest, nowMs: number, width: number, theme: Theme): string[] {
  const { ellipsis, connecting } = theme.glyphs;
  if (test.state === "running") {
    const since = printElapsed((nowMs - test.sinceMs) / 1000);
    return [theme.paint("accent", `${connecting} testing ${since}`)];
  }
  const age = test.outdated ? [theme.paint("warning", "of what stood here before the last change")] : [];
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

/** Safe text in lines of at most `room` cells, broken at blanks where that is possible. */
function wrapped(text: string, room: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    const longer = line === undefined ? word : `${line} ${word}`;
    if (line !== undefined && Bun.stringWidth(longer) <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
