import { planOf } from "../../store/actions/plans.ts";
import type { OverlayOf } from "../../store/screen.ts";
import { type SafeText, safe } from "../../text/safe-text.ts";
import { safeName } from "../../text/text.ts";
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
  const paragraph = (text: SafeText) => wrapped(text, cells).map((line) => safe`   ${line}`);
  const name = (one: string) => safeName(one, 60, theme.glyphs.ellipsis);
  const us = safe`${name(role)}${isSuperuser ? safe`, a superuser` : safe``}`;
  const owner = asked.role === null ? safe`a role that is not known` : safe`the role ${name(asked.role)}`;
  const harm = isSuperuser
    ? safe`they can do anything on the server's machine`
    : safe`they can do and read all that it may, also what their owner may not`;
  const lines = [
    safe` ${theme.paint("strong", safe`EXPLAIN on ${name(asked.node)} as ${us}?`)}`,
    safe``,
    ...paragraph(
      safe`The statement is of ${owner}. EXPLAIN does not run it, but the planner calls functions in it that are marked IMMUTABLE or STABLE, as their owner likes. Called by ${name(role)} ${harm}.`,
    ),
    safe``,
    ...paragraph(
      safe`The transaction is read only and rolled back: tables stay as they are. That stops neither signals to other sessions nor, of a superuser, programs. Say yes if you trust who wrote these functions.`,
    ),
    safe``,
  ].filter((line) => height >= roomy || line !== "");
  return <props.Lines {...props} lines={[...lines.slice(0, height - 1), answersOf(overlay, theme)]} />;
}
