import { type LockFacts, mostNamed as most } from "../../store/lock-facts.ts";
import { joined, type SafeText, safe } from "../../text/safe-text.ts";
import { safeText } from "../../text/text.ts";
import { locks } from "../../views/backends/locks.ts";
import { printValue } from "../../views/cells.ts";
import type { Row } from "../../views/view.ts";
import type { Fact } from "../drawing/fact-lines.ts";
import type { Theme } from "../drawing/theme.ts";

/** What a session waits for, who blocks it, whom it blocks and what it holds: a line for each that there is. */
export function lockLines({ own, blocker, blocked, held }: LockFacts, theme: Theme): readonly Fact[] {
  const cell = (row: Row, name: string) => printValue(locks, name, row, theme.glyphs);
  const session = (row: Row) =>
    joined(
      ["session", "state", "application_name", "query"]
        .map((name) => cell(row, name))
        .filter((text) => text !== ""),
      safe` `,
    );
  const lines: Fact[] = [];
  const put = (label: string, text: SafeText, meaning: "warning" | "plain") =>
    lines.push([label, text, meaning]);
  if (own && own["mode"] !== null) {
    put(
      "waits for",
      safe`${cell(own, "mode")} on ${cell(own, "object")} ${cell(own, "wait_seconds")}`,
      "warning",
    );
    if (blocker) put("blocked by", session(blocker), "warning");
    if (own["note"] !== null) put("note", cell(own, "note"), "warning");
  }
  for (const row of blocked.slice(0, most)) put("blocks", session(row), "warning");
  if (blocked.length > most) put("", safe`and ${blocked.length - most} more`, "plain");
  if (held && held.length > 0) {
    const named = held
      .slice(0, most)
      .map(({ mode, object, locktype }) => safeText(`${mode} on ${object ?? locktype}`, 80));
    const count = held.length > most ? safe`${held.length} locks: ` : safe``;
    const more = held.length > most ? safe` and ${held.length - most} more` : safe``;
    put("holds", safe`${count}${joined(named, safe`, `)}${more}`, "plain");
  }
  return lines;
}
