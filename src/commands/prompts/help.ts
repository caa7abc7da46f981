import { closed, type OverlayOf } from "../../store/screen.ts";
import { updateScreen } from "../../store/store.ts";
import { leave } from "../application.ts";
import type { Context } from "../command.ts";
import { choice, definePrompt } from "./prompt.ts";

const close = ({ store }: Context) => updateScreen(store, closed);

const turn =
  (pages: number) =>
  ({ store }: Context, overlay: OverlayOf<"help">) =>
    updateScreen(store, (screen) => ({ ...screen, overlay: { ...overlay, page: overlay.page + pages } }));

/** What the keys do here. Any key closes it but those that turn its page. */
export const help = definePrompt<"help">({
  kind: "help",
  focus: choice,
  keys: [
    { keys: ["space", "pagedown", "down", "right"], does: null, run: turn(1) },
    { keys: ["pageup", "up", "left"], does: null, run: turn(-1) },
    {
      keys: ["q"],
      does: null,
      run: (context) => {
        close(context);
        leave(context);
      },
    },
  ],
  otherwise: close,
});
