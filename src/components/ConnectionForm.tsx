import { safeText } from "../postgres/text.ts";
import type { Overlay } from "../store/screen.ts";
import type { BodyProps } from "./body.ts";
import { formLines } from "./form-lines.ts";
import { Lines } from "./Lines.tsx";
import { windowStart } from "./layout.ts";

type Props = BodyProps & { readonly overlay: Extract<Overlay, { kind: "connection" }> };

/** The fields of a connection. */
export function ConnectionForm({ overlay, ...props }: Props) {
  const { state, theme, width, height } = props;
  const { form } = overlay;
  const { ellipsis } = theme.glyphs;
  const title =
    form.editing === null
      ? "New connection"
      : `Change ${form.kind === "group" ? "the group " : ""}${safeText(form.editing, 40, ellipsis)}`;
  const notice =
    form.notice === null ? "" : theme.paint("warning", safeText(form.notice, width - 24, ellipsis));
  const { lines, cursor } = formLines(form, state, width, theme);
  const room = height - 2;
  const top = windowStart(0, cursor, lines.length, room);
  const head = ` ${theme.paint("heading", title)}  ${notice}`.trimEnd();
  return <Lines {...props} lines={[head, "", ...lines.slice(top, top + room)]} />;
}
