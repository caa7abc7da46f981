import { Box, useApp, useInput, usePaste } from "ink";
import { useEffect } from "react";
import { useStore } from "zustand";
import type { Context } from "../commands/command.ts";
import { dispatchAll, paste } from "../commands/dispatch.ts";
import { currentSpot, type Overlay } from "../store/screen.ts";
import type { State } from "../store/store.ts";
import { width as cellsOf } from "../text/cells.ts";
import { type SafeText, safe } from "../text/safe-text.ts";
import { chordsOf } from "./chords.ts";
import type { BodyProps } from "./drawing/body.ts";
import { clip, Line } from "./drawing/Lines.tsx";
import { roomInRule, ruleLine } from "./drawing/rule.ts";
import type { Theme } from "./drawing/theme.ts";
import { footerLine, noticeLine } from "./Footer.tsx";
import { headerLine } from "./Header.tsx";
import { screenDrawings } from "./screens/all.tsx";
import { viewBar } from "./view-bar.ts";

const smallest = { columns: 60, rows: 15 };

type AppProps = {
  readonly context: Context;
  readonly theme: Theme;
  /** Gets what gives the terminal away for a while. */
  readonly offerTerminal: (lend: (run: () => Promise<void>) => Promise<void>) => void;
};

/** The whole screen, and the only place that reads keys. */
export function App({ context, theme, offerTerminal }: AppProps) {
  const state = useStore(context.store);
  const { suspendTerminal } = useApp();
  useEffect(() => offerTerminal((run) => suspendTerminal(run)), [offerTerminal, suspendTerminal]);
  useInput((input, key) => {
    dispatchAll(context, chordsOf(input, key));
  });
  usePaste((text) => paste(context, text));
  return <Screen state={state} theme={theme} />;
}

/** The longest form that fits. */
function tooSmall(columns: number, rows: number): SafeText {
  const needed = safe`${smallest.columns}x${smallest.rows}`;
  const forms = [
    safe`pgparade needs ${needed}; this terminal is ${columns}x${rows}`,
    safe`needs ${needed}, has ${columns}x${rows}`,
    safe`needs ${needed}`,
  ];
  return forms.find((form) => cellsOf(form) <= columns) ?? needed;
}

/** The screen for a state, without input: what tests and pictures draw. */
export function Screen({ state, theme }: { readonly state: State; readonly theme: Theme }) {
  const { columns, rows } = state.screen;
  if (columns < smallest.columns || rows < smallest.rows) return <Line text={tooSmall(columns, rows)} />;
  return (
    <Box flexDirection="column" height={rows}>
      <Line text={clip(headerLine(state, theme, columns), columns, theme.glyphs.ellipsis)} />
      <Line text={ruleLine(viewBar(state, theme, roomInRule(columns)), columns, theme)} />
      <Body state={state} theme={theme} width={columns} height={rows - 4} />
      <Line text={ruleLine(noticeLine(state, theme, roomInRule(columns)), columns, theme)} />
      <Line text={clip(footerLine(state, theme, columns), columns, theme.glyphs.ellipsis)} />
    </Box>
  );
}

/** Loaded when the first dialog opens: the first frame waits for none. */
function drawingOf({ kind }: Overlay) {
  const { overlayDrawings }: typeof import("./overlays/all.tsx") = require("./overlays/all.tsx");
  return overlayDrawings[kind].Body;
}

/** What is open over the screen, or the screen. */
function Body(props: BodyProps) {
  const { overlay } = props.state.screen;
  const Open = overlay && drawingOf(overlay);
  if (Open) return <Open {...props} />;
  const { Body: Here } = screenDrawings[currentSpot(props.state.screen).place.kind];
  return <Here {...props} />;
}
