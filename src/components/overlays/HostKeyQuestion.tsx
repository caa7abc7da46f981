import type { OverlayOf } from "../../store/screen.ts";
import { shown } from "../../store/selectors.ts";
import { type SafeText, safe } from "../../text/safe-text.ts";
import { safeText } from "../../text/text.ts";
import type { BodyProps } from "../drawing/body.ts";
import { answersOf } from "./answers.ts";

type Props = BodyProps & { readonly overlay: OverlayOf<"host-key"> };

/** Asks whether an ssh host is the right one, by the fingerprint of its key; every key but y is no. */
export function HostKeyQuestion({ overlay, ...props }: Props) {
  const { state, theme } = props;
  const { ellipsis } = theme.glyphs;
  const { host } = overlay;
  const short = (text: string) => safeText(text, 80, ellipsis);
  const waiting = Object.values(shown(state).nodes).filter(
    ({ health }) => health.error?.unknownHost?.key === host.key,
  ).length;
  const name = short(`${host.host}${host.port === 22 ? "" : `:${host.port}`}`);
  const lines = [
    safe` Is this the key of ${theme.paint("strong", name)}?`,
    safe``,
    safe`   ${short(host.keyType)}`,
    safe`   ${theme.paint("strong", short(host.fingerprint))}`,
    safe``,
    safe`   ${theme.paint("muted", safe`Compare it with the host's own before you trust it.`)}`,
    safe`   ${theme.paint("muted", safe`${nodesBehind(waiting)}What is trusted is added to`)}`,
    safe`   ${theme.paint("muted", short(host.file))}`,
    safe``,
    answersOf(overlay, theme),
  ];
  return <props.Lines {...props} lines={lines} />;
}

function nodesBehind(count: number): SafeText {
  // A test of what is not saved yet comes to hosts that no node is behind.
  if (count === 0) return safe``;
  return count === 1 ? safe`One node is behind it. ` : safe`${count} nodes are behind it. `;
}
