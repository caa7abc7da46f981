import type { RunningOperation } from "../../store/actions/running.ts";
import type { OverlayOf } from "../../store/screen.ts";
import { type SafeText, safe } from "../../text/safe-text.ts";
import { safeText } from "../../text/text.ts";
import { printDuration } from "../../text/units.ts";
import { wrapped } from "../../text/wrapped.ts";
import type { BodyProps } from "../drawing/body.ts";
import { runningFor } from "../Footer.tsx";
import { answersOf } from "./answers.ts";

type Props = BodyProps & { readonly overlay: OverlayOf<"quit"> };

/** Fewer lines than this are a low screen, on which none is left empty. */
const roomy = 11;

/** Names what runs, and says what becomes of it when the program ends. */
export function Quit({ overlay, ...props }: Props) {
  const { state, theme, width, height } = props;
  const { running } = state.screen;
  const cells = Math.min(width - 6, 100);
  const paragraph = (text: string, paint: (line: SafeText) => SafeText) =>
    wrapped(safeText(text), cells).map((line) => safe`   ${paint(line)}`);
  const title = running.length === 1 ? safe`an operation runs` : safe`${running.length} operations run`;
  const about = running.flatMap((one) => [
    ...paragraph(`${one.title}, ${runningFor(state, one)}`, (line) => theme.paint("strong", line)),
    ...paragraph(whatBecomesOf(one), (line) => line),
  ]);
  const record =
    "How it ends is said in the shell, if that is soon; else the audit file says unknown, and the server alone knows.";
  const asked = [
    safe` ${theme.paint("strong", safe`Quit while ${title}?`)}`,
    safe``,
    ...about,
    safe``,
    ...paragraph(record, (line) => theme.paint("muted", line)),
  ];
  const over = [safe` ${theme.paint("strong", safe`Quit?`)}`, safe``, safe`   Nothing runs any more.`];
  const head = running.length === 0 ? over : asked;
  const isFilled = (line: SafeText) => height >= roomy || line !== "";
  // How to answer is never out of sight.
  const lines = [...head, safe``].filter(isFilled).slice(0, height - 1);
  return <props.Lines {...props} lines={[...lines, answersOf(overlay, theme)]} />;
}

/** The statement of a client that is gone goes on: a server looks for its client only where it is told to. */
function whatBecomesOf({ plan, overlay }: RunningOperation): string {
  if (plan.kind === "rest") return "Patroni has the request and goes on with it.";
  const limit = printDuration(plan.limitMs);
  const rest = "plans" in overlay ? " Rows that were not sent by then are left as they are." : "";
  return `The server goes on with it without pgparade, until its end or its statement_timeout of ${limit}; where client_connection_check_interval is set it may cancel it.${rest}`;
}
