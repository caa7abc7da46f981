import { Box, Text, useApp, useInput, usePaste } from "ink";
import { useStore } from "zustand";
import type { Context } from "../commands/command.ts";
import { dispatch, paste } from "../commands/dispatch.ts";
import { currentSpot } from "../store/screen.ts";
import type { State } from "../store/store.ts";
import { chordsOf } from "./chords.ts";
import type { BodyProps } from "./drawing/body.ts";
import { clip } from "./drawing/Lines.tsx";
import type { Theme } from "./drawing/theme.ts";
import { footerLine } from "./Footer.tsx";
import { headerLine } from "./Header.tsx";
import { Choices } from "./overlays/Choices.tsx";
import { ConnectionDelete } from "./overlays/ConnectionDelete.tsx";
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

/** The whole screen, and the only place that reads keys. */
export function App({ context, theme }: { readonly context: Context; readonly theme: Theme }) {
  const state = useStore(context.store);
  const { suspendTerminal } = useApp();
  const suspend = () => suspendTerminal(context.actions.suspend);
  useInput((input, key) => {
    for (const chord of chordsOf(input, key))
      dispatch({ ...context, actions: { ...context.actions, suspend } }, chord);
  });
  usePaste((text) => paste(context, text));
  return <Screen state={state} theme={theme} />;
}

/** The screen for a state, without input: what tests and pictures draw. */
export function Screen({ state, theme }: { readonly state: State; readonly theme: Theme }) {
  const { columns, rows } = state.screen;
  if (columns < smallest.columns || rows < smallest.rows)
    return (
      <Text>{`pgparade needs ${smallest.columns}x${smallest.rows}; this terminal is ${columns}x${rows}`}</Text>
    );
  const rule = theme.paint("muted", theme.glyphs.rule.repeat(columns));
  return (
    <Box flexDirection="column" height={rows}>
      <Text wrap="truncate">{clip(headerLine(state, theme, columns), columns, theme.glyphs.ellipsis)}</Text>
      <Text wrap="truncate">{rule}</Text>
      <Body state={state} theme={theme} width={columns} height={rows - 4} />
      <Text wrap="truncate">{rule}</Text>
      <Text wrap="truncate">{clip(footerLine(state, theme, columns), columns, theme.glyphs.ellipsis)}</Text>
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
  if (overlay?.kind === "connection-delete") return <ConnectionDelete {...props} overlay={overlay} />;
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
