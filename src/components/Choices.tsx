import { choices } from "../commands/prompt.ts";
import { fit, safeText } from "../postgres/text.ts";
import type { BodyProps } from "./body.ts";
import { Lines } from "./Lines.tsx";
import { windowStart } from "./layout.ts";

/** The command palette or the node picker: what was typed, and what matches, best first. */
export function Choices({ state, theme, width, height }: BodyProps) {
  const { overlay } = state.screen;
  if (overlay?.kind !== "palette" && overlay?.kind !== "picker") return <Lines lines={[]} height={height} />;
  const found = choices(state, overlay);
  const room = height - 2;
  const top = windowStart(0, overlay.index, found.length, room);
  const rows = found.slice(top, top + room).map(({ label, note }, at) => {
    const isCursor = top + at === overlay.index;
    const text = `${fit(safeText(label, 60), 28)}  ${safeText(note, 200)}`;
    return isCursor ? theme.paint("selected", fit(`${theme.glyphs.cursor} ${text}`, width - 2)) : `  ${text}`;
  });
  const prompt = overlay.kind === "palette" ? ":" : "node:";
  const typed = `  ${theme.paint("strong", prompt)} ${safeText(overlay.text, 100)}${theme.paint("selected", " ")}`;
  const none = found.length === 0 ? [theme.paint("muted", "  nothing matches")] : [];
  return <Lines lines={[typed, "", ...rows, ...none]} height={height} />;
}
