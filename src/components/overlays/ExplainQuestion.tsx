import { planOf } from "../../store/actions/plans.ts";
import type { OverlayOf } from "../../store/screen.ts";
import { safe } from "../../text/safe-text.ts";
import { safeName, safeText } from "../../text/text.ts";
import { wrapped } from "../../text/wrapped.ts";
import type { BodyProps } from "../drawing/body.ts";
import { answersOf } from "./answers.ts";

type Props = BodyProps & { readonly overlay: OverlayOf<"explain"> };

/** Fewer lines than this are a low screen, on which none is left empty. */
const roomy = 14;

/** Says with whose rights a statement would be planned, and what that lets its author do. */
export function ExplainQuestion({ overlay, ...props }: Props) {
  const { state, theme, width, height } = props;
  const entry = planOf(state.screen, overlay.id);
  if (entry?.result?.kind !== "asks") return <props.Lines {...props} lines={[answersOf(overlay, theme)]} />;
  const { asked, result } = entry;
  const { role, isSuperuser } = result.planner;
  const cells = Math.min(width - 6, 100);
  const paragraph = (text: string) => wrapped(safeText(text), cells).map((line) => safe`   ${line}`);
  const { ellipsis } = theme.glyphs;
  const us = isSuperuser ? `${role}, a superuser` : role;
  const owner = asked.role === null ? "a role that is not known" : `the role ${asked.role}`;
  const harm = isSuperuser
    ? `Called by ${role} they can do anything on the server's machine.`
    : `Called by ${role} they can do and read all that it may, also what their owner may not.`;
  const lines = [
    safe` ${theme.paint("strong", safe`EXPLAIN on ${safeName(asked.node, 60, ellipsis)} as ${safeName(us, 60, ellipsis)}?`)}`,
    safe``,
    ...paragraph(
      `The statement is of ${owner}. EXPLAIN does not run it, but the planner calls functions in it that are marked IMMUTABLE or STABLE, as their owner likes. ${harm}`,
    ),
    safe``,
    ...paragraph(
      "The transaction is read only and rolled back: tables stay as they are. That stops neither signals to other sessions nor, of a superuser, programs. Say yes if you trust who wrote these functions.",
    ),
    safe``,
  ].filter((line) => height >= roomy || line !== "");
  return <props.Lines {...props} lines={[...lines.slice(0, height - 1), answersOf(overlay, theme)]} />;
}
