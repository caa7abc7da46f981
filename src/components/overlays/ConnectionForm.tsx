import type { ConnectionForm as Form } from "../../store/connection-form.ts";
import type { OverlayOf } from "../../store/screen.ts";
import { shown } from "../../store/selectors.ts";
import { type SafeText, safe, trimEnd } from "../../text/safe-text.ts";
import { safeName, safeText } from "../../text/text.ts";
import { wrapped } from "../../text/wrapped.ts";
import type { BodyProps } from "../drawing/body.ts";
import { windowStart } from "../drawing/layout.ts";
import { clip, padded } from "../drawing/line.ts";
import { formLines } from "./form-lines.ts";
import { testLines } from "./test-lines.ts";

/** From this width on, the report of a test stands beside the form. */
const twoColumns = 76;
const fewestFields = 4;
const mostOfNotice = 3;

type Props = BodyProps & { readonly overlay: OverlayOf<"connection"> };

/** The fields of a connection, and beside or below them what a test of it found out. */
export function ConnectionForm({ overlay, ...props }: Props) {
  const { state, theme, width, height } = props;
  const { form, test } = overlay;
  const { ellipsis } = theme.glyphs;
  const isWide = width >= twoColumns;
  const cells = test && isWide ? Math.floor(width / 2) : width;
  const title =
    form.editing === null
      ? safe`New connection`
      : safe`Change ${form.kind === "group" ? "the group " : ""}${safeName(form.editing, 40, ellipsis)}`;
  const said = form.asks === null ? form.notice : questionOf(form);
  const notice =
    said === null ? [safe``] : wrapped(safeText(said, 400, ellipsis), width - 2).slice(0, mostOfNotice);
  const head = [
    safe` ${theme.paint("heading", title)}`,
    ...notice.map((line) => trimEnd(safe` ${theme.paint("warning", line)}`)),
  ];
  const { lines, cursor } = formLines(form, state, cells, theme);
  const reportSize = {
    width: (isWide ? width - cells : width) - 3,
    height: Math.max(1, height - head.length - (isWide ? 0 : fewestFields)),
  };
  const report = test ? testLines(test, shown(state).nowMs, reportSize, theme) : [];
  const room = height - head.length - (isWide ? 0 : report.length);
  const top = windowStart(0, cursor, lines.length, room);
  const fields = lines.slice(top, top + room);
  const rows = isWide
    ? besides(fields, report, cells, ellipsis)
    : [...fields, ...report.map((line) => safe` ${line}`)];
  return <props.Lines {...props} lines={[...head, ...rows]} />;
}

function questionOf({ asks, editing, texts, start, defaults }: Form): string {
  const name = safeName(texts.name || (defaults.name ?? ""));
  if (asks === "connect") return `Connect ${name} until pgparade ends? y does, any other key does not`;
  const { cluster } = texts;
  const isMoved = editing === null || cluster !== start.cluster;
  const where =
    cluster === "" ? (editing === null ? "" : ", in no cluster") : `, in cluster ${safeName(cluster)}`;
  const joined = isMoved ? where : "";
  return editing === null
    ? `Add ${name} to the config file${joined}? y saves it, any other key does not`
    : `Change ${safeName(editing)} in the config file${joined}? y saves it, any other key does not`;
}

/** Two lists of finished lines, the second from column `cells` on. */
function besides(
  left: readonly SafeText[],
  right: readonly SafeText[],
  cells: number,
  ellipsis: SafeText,
): SafeText[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, at) => {
    const line = clip(left[at] ?? safe``, cells - 1, ellipsis);
    const other = right[at];
    return other === undefined ? line : safe`${padded(line, cells)}${other}`;
  });
}
