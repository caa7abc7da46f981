import { Box, useApp, useInput, usePaste } from "ink";
import { useEffect } from "react";
import { useStore } from "zustand";
import type { Context } from "../commands/command.ts";
import { dispatchAll, paste } from "../commands/dispatch.ts";
import { currentSpot } from "../store/screen.ts";
import type { State } from "../store/store.ts";
import { width as cellsOf } from "../text/cells.ts";
import { repeated, type SafeText, safe } from "../text/safe-text.ts";
import { chordsOf } from "./chords.ts";
import type { BodyProps } from "./drawing/body.ts";
import { clip, Line } from "./drawing/Lines.tsx";
import type { Theme } from "./drawing/theme.ts";
import { footerLine } from "./Footer.tsx";
import { headerLine } from "./Header.tsx";
import { Choices } from "./overlays/Choices.tsx";
import { ConnectionChange } from "./overlays/ConnectionChange.tsx";
import { ConnectionForm } from "./overlays/ConnectionForm.tsx";
import { ConnectionTest } from "./overlays/ConnectionTest.tsx";
import { Help } from "./overlays/Help.tsx";
import { HostKeyQuestion } from "./overlays/HostKeyQuestion.tsx";
import { PasswordPrompt } from "./overlays/PasswordPrompt.tsx";
import { Connections } from "./screens/Connections.tsx";
import { Fleet } from "./screens/Fleet.tsx";
import { NodeDetail } from "./screens/NodeDetail.tsx";
import { RowDetail } from "./screens/RowDetail.tsx";
import { ViewTable } from "./screens/ViewTable.tsx";

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
  const rule = theme.paint("muted", repeated(theme.glyphs.rule, columns));
  return (
    <Box flexDirection="column" height={rows}>
      <Line text={clip(headerLine(state, theme, columns), columns, theme.glyphs.ellipsis)} />
      <Line text={rule} />
      <Body state={state} theme={theme} width={columns} height={rows - 4} />
      <Line text={rule} />
      <Line text={clip(footerLine(state, theme, columns), columns, theme.glyphs.ellipsis)} />
    </Box>
  );
}

function Body(props: BodyProps) {
  const { overlay } = props.state.screen;
  if (overlay?.kind === "help") return <Help {...props} />;
  if (overlay?.kind === "palette" || overlay?.kind === "picker" || overlay?.kind === "group")
    return <Choices {...props} />;
  if (overlay?.kind === "connection") return <ConnectionForm {...props} overlay={overlay} />;
  if (overlay?.kind === "connection-test") return <ConnectionTest {...props} overlay={overlay} />;
  if (overlay?.kind === "change") return <ConnectionChange {...props} overlay={overlay} />;
  if (overlay?.kind === "host-key") return <HostKeyQuestion {...props} overlay={overlay} />;
  if (overlay?.kind === "password") return <PasswordPrompt {...props} />;
  switch (currentSpot(props.state.screen).place.kind) {
    case "fleet":
      return <Fleet {...props} />;
    case "connections":
      return <Connections {...props} />;
    case "node":
      return <NodeDetail {...props} />;
    case "view":
      return <ViewTable {...props} />;
    case "row":
      return <RowDetail {...props} />;
  }
}
