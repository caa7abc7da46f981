import { closed } from "../../../store/screen.ts";
import { updateScreen } from "../../../store/store.ts";
import type { Context } from "../../command.ts";
import { take } from "../../connection-step.ts";
import { choice, definePrompt } from "../prompt.ts";

const close = ({ store }: Context) => updateScreen(store, closed);

/** Asks before a production node is disconnected: every key but y leaves it as it is. */
export const disconnect = definePrompt<"disconnect">({
  kind: "disconnect",
  focus: choice,
  asked: (overlay) => overlay,
  keys: [
    {
      keys: ["y"],
      does: "disconnect",
      run: (context, { node }) => {
        close(context);
        take(context, { node, did: "disconnect" });
      },
    },
    { keys: ["escape"], does: "leave it", run: close },
  ],
  otherwise: close,
});
