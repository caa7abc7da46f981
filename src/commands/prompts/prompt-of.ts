import type { Overlay } from "../../store/screen.ts";
import type { Prompt } from "./prompt.ts";

/** The dialog of an overlay. Dialogs are loaded when the first one opens: the first frame waits for none. */
export function promptOf(overlay: Overlay): Prompt {
  const { prompts }: typeof import("./all.ts") = require("./all.ts");
  return prompts[overlay.kind];
}
