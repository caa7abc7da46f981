import { closed } from "../../store/screen.ts";
import { updateScreen } from "../../store/store.ts";
import type { Context } from "../command.ts";
import { choice, definePrompt } from "./prompt.ts";

const close = ({ store }: Context) => updateScreen(store, closed);

/** What the keys do here. Any key closes it. */
export const help = definePrompt<"help">({
  kind: "help",
  focus: choice,
  keys: [
    {
      keys: ["q"],
      does: null,
      run: (context) => {
        close(context);
        context.actions.quit();
      },
    },
  ],
  otherwise: close,
});
