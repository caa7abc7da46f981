import { reasonOf, type WantedSecret } from "../../postgres/node-error.ts";
import type { OverlayOf } from "../../store/screen.ts";
import { shown } from "../../store/selectors.ts";
import type { Observed } from "../../store/store.ts";
import { width as cellsOf } from "../../text/cells.ts";
import { repeated, type SafeText, safe } from "../../text/safe-text.ts";
import { safeName, safeText } from "../../text/text.ts";
import type { BodyProps } from "../drawing/body.ts";

type Props = BodyProps & { readonly overlay: OverlayOf<"password"> };

/**
 * Asks for the password of a node, or for what a key or an ssh host on the way to it wants: a star for each character,
 * never the character.
 */
export function PasswordPrompt({ overlay, ...props }: Props) {
  const { state, theme, width } = props;
  const { ellipsis } = theme.glyphs;
  const node = shown(state).nodes[overlay.node];
  const error = node?.health.error;
  const typed = [...new Intl.Segmenter().segment(overlay.typed.reveal())].length;
  const { wanted } = overlay;
  const label = wanted
    ? safe`${wanted.kind} of ${safeText(wanted.of, Math.max(20, width - 40), ellipsis)}:`
    : safe`password:`;
  const stars = repeated(safe`*`, Math.min(typed, width - cellsOf(label) - 5));
  const lines = [
    safe` ${theme.paint("strong", safeName(overlay.node, 60, ellipsis))}  ${safeName(node?.address ?? "", 80, ellipsis)}`,
    ...(error ? [safe`   ${theme.paint("critical", safeText(reasonOf(error), 200, ellipsis))}`] : []),
    safe``,
    safe` ${theme.paint("strong", label)} ${stars}${theme.paint("selected", safe` `)}`,
    safe``,
    safe`   ${theme.paint("muted", safe`It is kept until pgparade ends and written nowhere.`)}`,
    ...(wanted ? waitingFor(wanted, shown(state)).map((line) => safe`   ${theme.paint("muted", line)}`) : []),
  ];
  return <props.Lines {...props} lines={lines} />;
}

function waitingFor({ name }: WantedSecret, { nodes }: Observed): readonly SafeText[] {
  const count = Object.values(nodes).filter(({ health }) => health.error?.wantedSecret?.name === name).length;
  if (count === 0) return [];
  return [count === 1 ? safe`One node waits for it.` : safe`${count} nodes wait for it.`];
}
