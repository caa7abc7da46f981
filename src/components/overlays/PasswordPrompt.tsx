import type { WantedSecret } from "../../postgres/node-error.ts";
import { shown } from "../../store/selectors.ts";
import type { Observed } from "../../store/store.ts";
import { width as cellsOf, safeName, safeText } from "../../text/text.ts";
import type { BodyProps } from "../drawing/body.ts";
import { Lines } from "../drawing/Lines.tsx";

/**
 * Asks for the password of a node, or for what a key or an ssh host on the way to it wants: a star for each character,
 * never the character.
 */
export function PasswordPrompt(props: BodyProps) {
  const { state, theme, width } = props;
  const { overlay } = state.screen;
  if (overlay?.kind !== "password") return <Lines {...props} lines={[]} />;
  const { ellipsis } = theme.glyphs;
  const node = shown(state).nodes[overlay.node];
  const error = node?.health.error;
  const typed = [...new Intl.Segmenter().segment(overlay.typed.reveal())].length;
  const { wanted } = overlay;
  const label = wanted
    ? `${wanted.kind} of ${safeText(wanted.of, Math.max(20, width - 40), ellipsis)}:`
    : "password:";
  const stars = "*".repeat(Math.min(typed, Math.max(0, width - cellsOf(label) - 5)));
  const lines = [
    ` ${theme.paint("strong", safeName(overlay.node, 60, ellipsis))}  ${safeName(node?.address ?? "", 80, ellipsis)}`,
    ...(error ? [`   ${theme.paint("critical", safeText(error.message, 200, ellipsis))}`] : []),
    "",
    ` ${theme.paint("strong", label)} ${stars}${theme.paint("selected", " ")}`,
    "",
    `   ${theme.paint("muted", "It is kept until pgparade ends and written nowhere.")}`,
    ...(wanted ? waitingFor(wanted, shown(state)).map((line) => `   ${theme.paint("muted", line)}`) : []),
  ];
  return <Lines {...props} lines={lines} />;
}

function waitingFor({ name }: WantedSecret, { nodes }: Observed): readonly string[] {
  const count = Object.values(nodes).filter(({ health }) => health.error?.wantedSecret?.name === name).length;
  if (count === 0) return [];
  return [count === 1 ? "One node waits for it." : `${count} nodes wait for it.`];
}
