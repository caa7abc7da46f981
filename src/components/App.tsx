import { Box, useApp, useInput, usePaste } from "ink";
import { useEffect } from "react";
import { useStore } from "zustand";
import type { Context } from "../commands/command.ts";
import { dispatchAll, paste, questionOn } from "../commands/dispatch.ts";
import { currentSpot, type Overlay, overlayIf } from "../store/screen.ts";
import { frameHeight, isTooSmall, smallest } from "../store/selectors.ts";
import type { State } from "../store/store.ts";
import { width as cellsOf } from "../text/cells.ts";
import { type SafeText, safe } from "../text/safe-text.ts";
import { chordsOf } from "./chords.ts";
import type { BodyProps } from "./drawing/body.ts";
import { Line, Lines } from "./drawing/Lines.tsx";
import { clip } from "./drawing/line.ts";
import { roomInRule, ruleLine } from "./drawing/rule.ts";
import type { Theme } from "./drawing/theme.ts";
import { footerLine, noticeLine, noticeLines } from "./Footer.tsx";
import { headerLine } from "./Header.tsx";
import { screenDrawings } from "./screens/all.tsx";
import { positionOf } from "./screens/table-notes.ts";
import { viewBar } from "./view-bar.ts";

type AppProps = {
  readonly context: Context;
  readonly theme: Theme;
  /** Gets what gives the terminal away for a while. */
  readonly offerTerminal: (lend: (run: () => Promise<void>) => Promise<void>) => void;
  /** Hears of each question whose yes does harm when it is about to be in a frame. */
  readonly tellQuestion: (question: object) => void;
};

/** The whole screen, and the only place that reads keys. */
export function App({ context, theme, offerTerminal, tellQuestion }: AppProps) {
  const state = useStore(context.store);
  const { suspendTerminal } = useApp();
  useEffect(() => offerTerminal((run) => suspendTerminal(run)), [offerTerminal, suspendTerminal]);
  const question = questionOn(state);
  useEffect(() => {
    if (question) tellQuestion(question);
  }, [question, tellQuestion]);
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
  if (isTooSmall(state.screen)) return <Line text={tooSmall(columns, rows)} />;
  const frame = frameHeight(state.screen);
  const inRule = roomInRule(columns);
  const line = (text: SafeText) => <Line text={clip(text, columns, theme.glyphs.ellipsis)} />;
  const rule = (words: SafeText, atEnd?: SafeText) =>
    frame < 4 ? null : <Line text={ruleLine(words, columns, theme, atEnd)} />;
  const { overlay } = state.screen;
  const position = (height: number) =>
    overlay === null || overlayIf(state.screen, "filter")
      ? positionOf(state, theme, { width: columns, height })
      : safe``;
  const room = roomInRule(columns, position(rows - frame));
  // The rule stays where it is; what it has no room for begins above it.
  const [notice = safe``, begun] = frame < 4 ? [] : noticeLines(state, theme, room).toReversed();
  const height = rows - frame - (begun === undefined ? 0 : 1);
  return (
    <Box flexDirection="column" height={rows}>
      {line(headerLine(state, theme, columns))}
      {rule(viewBar(state, theme, inRule))}
      <Body Lines={Lines} state={state} theme={theme} width={columns} height={height} />
      {begun === undefined ? null : line(safe`   ${begun}`)}
      {rule(notice, position(height))}
      {line(frame < 4 ? lowFooter(state, theme, columns) : footerLine(state, theme, columns))}
    </Box>
  );
}

/** Where there is no rule for it, what was just said stands before the keys that are left room. */
function lowFooter(state: State, theme: Theme, columns: number): SafeText {
  const notice = noticeLine(state, theme, columns - roomForKeys);
  if (notice === "") return footerLine(state, theme, columns);
  return safe` ${notice} ${footerLine(state, theme, columns - cellsOf(notice) - 2)}`;
}

/** Cells of the keys for help and to quit. */
const roomForKeys = 20;

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
