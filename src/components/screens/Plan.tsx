import { planLines } from "../../store/actions/plan-lines.ts";
import { cursorLine } from "../../store/on-screen.ts";
import { currentSpot, type PlaceOf } from "../../store/screen.ts";
import { joined, safe } from "../../text/safe-text.ts";
import type { BodyProps } from "../drawing/body.ts";

const looks = { plain: "plain", muted: "muted", title: "heading", node: "strong" } as const;

/** A plan as the server printed it, which the cursor goes through. No number of a plan is good or bad by itself. */
export function Plan({ place: _, ...props }: BodyProps & { readonly place: PlaceOf<"plan"> }) {
  const { state, theme, height } = props;
  const { top } = currentSpot(state.screen);
  const cursor = cursorLine(state);
  const lines = planLines(state)
    .slice(top, top + height)
    .map(({ spans }, at) =>
      top + at === cursor
        ? safe`${theme.glyphs.cursor}${theme.paint("selected", joined(spans.map(({ text }) => text)))}`
        : safe` ${joined(spans.map(({ kind, text }) => theme.paint(looks[kind], text)))}`,
    );
  return <props.Lines {...props} lines={lines} />;
}
