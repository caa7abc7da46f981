import type { ComponentType } from "react";
import type { State } from "../../store/store.ts";
import type { SafeText } from "../../text/safe-text.ts";
import type { Theme } from "./theme.ts";

/** What every screen between the two rules is drawn from. */
export type BodyProps = {
  readonly state: State;
  readonly theme: Theme;
  readonly width: number;
  readonly height: number;
  /**
   * Draws finished lines. It is handed down: what is loaded when it is opened may not import Ink, which awaits its
   * layout engine, and a bundle refuses to load such a module later.
   */
  readonly Lines: ComponentType<LinesProps>;
};

export type LinesProps = Pick<BodyProps, "theme" | "width" | "height"> & {
  readonly lines: readonly SafeText[];
};
