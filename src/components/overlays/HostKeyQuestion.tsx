import type { Overlay } from "../../store/screen.ts";
import { shown } from "../../store/selectors.ts";
import { safeText } from "../../text/text.ts";
import type { BodyProps } from "../drawing/body.ts";
import { Lines } from "../drawing/Lines.tsx";

type Props = BodyProps & { readonly overlay: Extract<Overlay, { kind: "host-key" }> };

/** Asks whether an ssh host is the right one, by the fingerprint of its key; every key but y is no. */
export function HostKeyQuestion({ overlay, ...props }: Props) {
  const { state, theme } = props;
  const { ellipsis } = theme.glyphs;
  const { host } = overlay;
  const safe = (text: string) => safeText(text, 80, ellipsis);
  const waiting = Object.values(shown(state).nodes).filter(
    ({ health }) => health.error?.unknownHost?.key === host.key,
  ).length;
  const name = safe(`${host.host}${host.port === 22 ? "" : `:${host.port}`}`);
  const lines = [
    ` Is this the key of ${theme.paint("strong", name)}?`,
    "",
    `   ${safe(host.keyType)}`,
    `   ${theme.paint("strong", safe(host.fingerprint))}`,
    "",
    `   ${theme.paint("muted", "Compare it with the host's own before you trust it.")}`,
    `   ${theme.paint("muted", `${nodesBehind(waiting)}What is trusted is added to`)}`,
    `   ${theme.paint("muted", safe(host.file))}`,
    "",
    `   ${theme.paint("strong", "y")} trust    ${theme.paint("strong", "Esc")} no (default)`,
  ];
  return <Lines {...props} lines={lines} />;
}

function nodesBehind(count: number): string {
  // A test of what is not saved yet comes to hosts that no node is behind.
  if (count === 0) return "";
  return count === 1 ? "One node is behind it. " : `${count} nodes are behind it. `;
}
