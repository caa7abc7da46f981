import { closed, type OverlayOf, placeIf, withSpot } from "../../store/screen.ts";
import { type Store, updateLook, updateScreen } from "../../store/store.ts";
import { edited } from "../edit.ts";
import { definePrompt, text } from "./prompt.ts";

/** The filter of the screen below, which it changes while it is typed. */
export const filter = definePrompt<"filter">({
  kind: "filter",
  focus: text,
  typed: (overlay) => overlay.text,
  keys: [
    {
      keys: ["enter"],
      does: "keep",
      run: ({ store }, { text }) => {
        const place = placeIf(store.getState().screen, "view");
        const filter = text.trim();
        if (place && filter !== "") updateLook(store, place.view, (look) => ({ ...look, filter }));
        updateScreen(store, closed);
      },
    },
    {
      keys: ["up"],
      does: "the one before",
      when: ({ kept, text }) => kept !== undefined && kept !== text,
      run: ({ store }, overlay) => typed(store, overlay, overlay.kept ?? ""),
    },
    {
      keys: ["escape"],
      does: "drop",
      run: ({ store }, { before }) =>
        updateScreen(store, (screen) => withSpot(closed(screen), { filter: before })),
    },
  ],
  type: ({ store }, overlay, more) => typed(store, overlay, edited(overlay.text, more)),
});

function typed(store: Store, overlay: OverlayOf<"filter">, text: string): void {
  updateScreen(store, (screen) =>
    withSpot({ ...screen, overlay: { ...overlay, text } }, { filter: text, top: 0 }),
  );
}
