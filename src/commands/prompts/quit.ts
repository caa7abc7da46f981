import { closed } from "../../store/screen.ts";
import { updateScreen } from "../../store/store.ts";
import { leave } from "../application.ts";
import type { Context } from "../command.ts";
import { choice, definePrompt } from "./prompt.ts";

const close = ({ store }: Context) => updateScreen(store, closed);

/** Asks before the program ends while operations run: every key but q and y stays. */
export const quit = definePrompt<"quit">({
  kind: "quit",
  focus: choice,
  asked: (overlay) => overlay,
  keys: [
    { keys: ["q", "y"], does: "quit and leave it running", run: leave },
    { keys: ["escape"], does: "stay", run: close },
  ],
  otherwise: close,
});
