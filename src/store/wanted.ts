import type { AskedView, ViewOptions } from "../views/view.ts";

/** A view that is looked at, and of which nodes. */
export type Wanted = {
  readonly view: AskedView;
  readonly nodes: readonly string[];
  readonly viewOptions: ViewOptions;
};
