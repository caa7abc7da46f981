import { closed, withSpot } from "../../store/screen.ts";
import { updateScreen } from "../../store/store.ts";
import { edited } from "../edit.ts";
import { definePrompt, text } from "./prompt.ts";

/** The filter of the screen below, which it changes while it is typed. */
export const filter = definePrompt<"filter">({
  kind: "filter",
  focus: text,
  typed: (overlay) => overlay.text,
  keys: [
    { keys: ["enter"], does: "keep", run: ({ store }) => updateScreen(store, closed) },
    {
      keys: ["escape"],
      does: "drop",
      run: ({ store }, { before }) =>
        updateScreen(store, (screen) => withSpot(closed(screen), { filter: before })),
    },
  ],
  type: ({ store }, overlay, typed) =>
    updateScreen(store, (screen) => {
      const next = edited(overlay.text, typed);
      return withSpot({ ...screen, overlay: { ...overlay, text: next } }, { filter: next, top: 0 });
    }),
});
