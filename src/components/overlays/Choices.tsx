import { choices } from "../../commands/prompts/choosing.ts";
import type { OverlayOf } from "../../store/screen.ts";
import { width as cellsOf } from "../../text/cells.ts";
import { safe, safeWords } from "../../text/safe-text.ts";
import { fit, safeName, safeText } from "../../text/text.ts";
import type { BodyProps } from "../drawing/body.ts";
import { keyName } from "../drawing/key-name.ts";
import { windowStart } from "../drawing/layout.ts";

const labels = safeWords({ palette: ":", picker: "node:", operations: "do:", group: "move to group:" });

/** Lists of commands, which have keys of their own. */
const withKeys = { palette: true, picker: false, operations: false, group: false } as const;

type Props = BodyProps & { readonly overlay: OverlayOf<"palette" | "picker" | "operations" | "group"> };

/** The command palette or a picker: what was typed, and what matches, best first. */
export function Choices({ overlay, ...props }: Props) {
  const { state, theme, width, height } = props;
  const found = choices(state, overlay);
  const { cursor, ellipsis } = theme.glyphs;
  const keys = found.map(({ chord }) => (chord === null ? safe`` : keyName(chord, theme)));
  const keyCells = Math.max(...keys.map(cellsOf), 0);
  const room = height - 2;
  const top = windowStart(0, overlay.index, found.length, room);
  const rows = found.slice(top, top + room).map(({ label, note, isOff = false }, at) => {
    const key = withKeys[overlay.kind] ? safe`${fit(keys[top + at] ?? safe``, keyCells)}  ` : safe``;
    const text = safe`${fit(safeName(label, 60, ellipsis), 24, "left", ellipsis)}  ${key}${safeText(note, 200, ellipsis)}`;
    return top + at === overlay.index
      ? safe` ${cursor}${theme.paint("selected", fit(safe` ${text}`, width - 3, "left", ellipsis))}`
      : safe`   ${isOff ? theme.paint("muted", text) : text}`;
  });
  const prompt = theme.paint("strong", labels[overlay.kind]);
  const typed = safe` ${prompt} ${safeText(overlay.text, width - 20, ellipsis)}${theme.paint("selected", safe` `)}`;
  const why =
    "node" in overlay && overlay.ranked.trim() === ""
      ? safe`there is no other group: type the name of a new one`
      : safe`nothing matches; Esc closes this`;
  const of =
    "of" in overlay ? theme.paint("muted", safe`   ${safeName(overlay.of, width - 6, ellipsis)}`) : safe``;
  const none = found.length === 0 ? [theme.paint("muted", safe`   ${why}`)] : [];
  return <props.Lines {...props} lines={[typed, of, ...rows, ...none]} />;
}
