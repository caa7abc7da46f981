import type { OverlayOf } from "../../store/screen.ts";
import { shown } from "../../store/selectors.ts";
import { safe, trimEnd } from "../../text/safe-text.ts";
import { safeName } from "../../text/text.ts";
import type { BodyProps } from "../drawing/body.ts";
import { testLines } from "./test-lines.ts";

type Props = BodyProps & { readonly overlay: OverlayOf<"connection-test"> };

/** What a test of one node found out. */
export function ConnectionTest({ overlay, ...props }: Props) {
  const { state, theme, width, height } = props;
  const { ellipsis } = theme.glyphs;
  const entry = state.connections.entries.find(({ name }) => name === overlay.node);
  const head = safe` ${theme.paint("strong", safeName(overlay.node, 60, ellipsis))}  ${safeName(entry?.address ?? "", 80, ellipsis)}`;
  const size = { width: width - 4, height: height - 2 };
  const report = overlay.test ? testLines(overlay.test, shown(state).nowMs, size, theme) : [];
  return <props.Lines {...props} lines={[trimEnd(head), safe``, ...report.map((line) => safe`  ${line}`)]} />;
}
