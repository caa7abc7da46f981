import { safeText } from "../postgres/text.ts";
import { shown } from "../store/selectors.ts";
import type { BodyProps } from "./body.ts";
import { Lines } from "./Lines.tsx";

/** Asks for the password of one node: a star for each character, never the character. */
export function PasswordPrompt(props: BodyProps) {
  const { state, theme, width } = props;
  const { overlay } = state.screen;
  if (overlay?.kind !== "password") return <Lines {...props} lines={[]} />;
  const { ellipsis } = theme.glyphs;
  const node = shown(state).nodes[overlay.node];
  const error = node?.health.error;
  const typed = [...new Intl.Segmenter().segment(overlay.typed.reveal())].length;
  const stars = "*".repeat(Math.min(typed, Math.max(0, width - 14)));
  const lines = [
    ` ${theme.paint("strong", safeText(overlay.node, 60, ellipsis))}  ${safeText(node?.address ?? "", 80, ellipsis)}`,
    ...(error ? [`   ${theme.paint("critical", safeText(error.message, 200, ellipsis))}`] : []),
    "",
    ` ${theme.paint("strong", "password:")} ${stars}${theme.paint("selected", " ")}`,
    "",
    `   ${theme.paint("muted", "It is kept until pgparade ends and written nowhere.")}`,
  ];
  return <Lines {...props} lines={lines} />;
}
