import { closed, type OverlayOf, openHelp } from "../../store/screen.ts";
import { updateScreen } from "../../store/store.ts";
import { leave } from "../application.ts";
import type { Context } from "../command.ts";
import { edited } from "../edit.ts";
import { definePrompt, longestSearch } from "./prompt.ts";

type Overlay = OverlayOf<"help">;

const close = ({ store }: Context) => updateScreen(store, closed);

const change =
  (by: (overlay: Overlay) => Partial<Overlay>) =>
  ({ store }: Context, overlay: Overlay) =>
    updateScreen(store, (screen) => ({ ...screen, overlay: { ...overlay, ...by(overlay) } }));

const turn = (pages: number) => change(({ page }) => ({ page: page + pages }));

const isFiltered = ({ filter, isTyped }: Overlay) => isTyped || filter !== "";

/** What the keys do here, all of it or what a filter leaves. Any key closes it but those that turn its page or filter it. */
export const help = definePrompt<"help">({
  kind: "help",
  focus: ({ isTyped }) => (isTyped ? "text" : "choice"),
  longest: longestSearch,
  typed: ({ filter }) => filter,
  keys: [
    {
      keys: ["enter"],
      does: "keep",
      when: ({ isTyped }) => isTyped,
      run: change(() => ({ isTyped: false })),
    },
    {
      keys: ["/"],
      does: "filter",
      when: ({ isTyped }) => !isTyped,
      run: change(() => ({ isTyped: true })),
    },
    { keys: ["space", "pagedown", "down", "right"], does: null, run: turn(1) },
    { keys: ["pageup", "up", "left"], does: null, run: turn(-1) },
    { keys: ["escape"], does: "drop", when: isFiltered, run: change(() => openHelp) },
    { keys: ["escape"], does: "close", when: (overlay) => !isFiltered(overlay), run: close },
    {
      keys: ["q"],
      does: "quit",
      when: ({ isTyped }) => !isTyped,
      run: (context) => {
        close(context);
        leave(context);
      },
    },
  ],
  type: (context, overlay, more) =>
    change(({ filter }) => ({ filter: edited(filter, more), page: 0 }))(context, overlay),
  otherwise: close,
});
