import type { OverlayOf } from "../../store/screen.ts";
import { clusterOf, roleOf, shown } from "../../store/selectors.ts";
import { type SafeText, safe, trimEnd } from "../../text/safe-text.ts";
import { safeName } from "../../text/text.ts";
import type { BodyProps } from "../drawing/body.ts";
import { answersOf } from "./answers.ts";

type Props = BodyProps & { readonly overlay: OverlayOf<"disconnect"> };

/** Names the production node that is to be disconnected, and what that means. */
export function Disconnect({ overlay, ...props }: Props) {
  const { state, theme } = props;
  const { ellipsis } = theme.glyphs;
  const node = shown(state).nodes[overlay.node];
  const cluster = clusterOf(state, overlay.node);
  const name = theme.paint("production", safeName(overlay.node, 60, ellipsis));
  const of: SafeText = cluster === null ? safe`` : safe` of ${safeName(cluster, 40, ellipsis)}`;
  const role = node ? safe`, ${roleOf(node)}${of}, production` : safe``;
  const lines = [
    trimEnd(
      safe` Disconnect ${name}${role}?  ${theme.paint("muted", safeName(node?.address ?? "", 80, ellipsis))}`,
    ),
    safe``,
    safe`   ${theme.paint("muted", safe`Its state and alerts are unknown until c connects it again.`)}`,
    safe`   ${theme.paint("muted", safe`Nothing on the server is changed.`)}`,
    safe``,
    answersOf(overlay, theme),
  ];
  return <props.Lines {...props} lines={lines} />;
}
