import type { OverlayOf } from "../../../store/screen.ts";
import { updateScreen } from "../../../store/store.ts";
import type { Context } from "../../command.ts";
import { choice, definePrompt } from "../prompt.ts";

/** Back to what the question stood over. */
function leave({ store }: Context, { over }: OverlayOf<"host-key">): void {
  updateScreen(store, (screen) => ({ ...screen, overlay: over }));
}

/** Asks whether an ssh host is the right one: every key but y is no. */
export const hostKey = definePrompt<"host-key">({
  kind: "host-key",
  focus: choice,
  asked: (overlay) => overlay,
  keys: [
    {
      keys: ["y"],
      does: "trust",
      run: (context, overlay) => {
        const { actions } = context;
        const { host, over } = overlay;
        leave(context, overlay);
        if (over === null) actions.trustHost(host);
        else actions.connections.trustAndTest(host, over.kind === "connection" ? over.form : over.node);
      },
    },
    { keys: ["escape"], does: "no", run: leave },
  ],
  otherwise: leave,
});
