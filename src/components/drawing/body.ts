import type { State } from "../../store/store.ts";
import type { Theme } from "./theme.ts";

/** What every screen between the two rules is drawn from. */
export type BodyProps = {
  readonly state: State;
  readonly theme: Theme;
  readonly width: number;
  readonly height: number;
};
