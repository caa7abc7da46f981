import type { ComponentType, ReactNode } from "react";
import { type Overlay, type OverlayOf, overlayIf } from "../../store/screen.ts";
import type { BodyProps } from "../drawing/body.ts";
import { ActionDialog } from "./ActionDialog.tsx";
import { Choices } from "./Choices.tsx";
import { Columns } from "./Columns.tsx";
import { ConnectionChange } from "./ConnectionChange.tsx";
import { ConnectionForm } from "./ConnectionForm.tsx";
import { ConnectionTest } from "./ConnectionTest.tsx";
import { Disconnect } from "./Disconnect.tsx";
import { ExplainQuestion } from "./ExplainQuestion.tsx";
import { Help } from "./Help.tsx";
import { HostKeyQuestion } from "./HostKeyQuestion.tsx";
import { OperationDialog } from "./OperationDialog.tsx";
import { PasswordPrompt } from "./PasswordPrompt.tsx";
import { Quit } from "./Quit.tsx";
import { SeveralDialog } from "./SeveralDialog.tsx";

/** How a dialog is drawn; null where the screen stays in view and the footer takes what is typed. */
type Drawing<K extends Overlay["kind"]> = {
  readonly kind: K;
  readonly Body: ((props: BodyProps) => ReactNode) | null;
};

function drawnBy<K extends Overlay["kind"]>(
  kind: K,
  Component: ComponentType<BodyProps & { readonly overlay: OverlayOf<K> }>,
): Drawing<K> {
  return {
    kind,
    Body: (props) => {
      const overlay = overlayIf(props.state.screen, kind);
      return overlay && <Component {...props} overlay={overlay} />;
    },
  };
}

/** How every dialog is drawn. A kind of overlay without a drawing is a type error here. */
export const overlayDrawings: { readonly [K in Overlay["kind"]]: Drawing<K> } = {
  help: drawnBy("help", Help),
  filter: { kind: "filter", Body: null },
  columns: drawnBy("columns", Columns),
  palette: drawnBy("palette", Choices),
  picker: drawnBy("picker", Choices),
  operations: drawnBy("operations", Choices),
  group: drawnBy("group", Choices),
  password: drawnBy("password", PasswordPrompt),
  "host-key": drawnBy("host-key", HostKeyQuestion),
  connection: drawnBy("connection", ConnectionForm),
  "connection-test": drawnBy("connection-test", ConnectionTest),
  change: drawnBy("change", ConnectionChange),
  disconnect: drawnBy("disconnect", Disconnect),
  action: drawnBy("action", ActionDialog),
  operation: drawnBy("operation", OperationDialog),
  several: drawnBy("several", SeveralDialog),
  explain: drawnBy("explain", ExplainQuestion),
  quit: drawnBy("quit", Quit),
};
