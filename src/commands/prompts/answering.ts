import { closed, type OverlayOf } from "../../store/screen.ts";
import { updateScreen } from "../../store/store.ts";
import type { Context } from "../command.ts";
import { edited, type Typed } from "../edit.ts";
import type { PromptKey } from "./prompt.ts";

/** The dialogs that are answered by y or by a word, may be longer than the screen, and show what became of it. */
type Answered = OverlayOf<"action"> | OverlayOf<"operation"> | OverlayOf<"several">;

export const close = ({ store }: Context) => updateScreen(store, closed);

/** A key that was typed ahead was meant for the screen below, as it was: it neither acts there nor hides a result. */
export const stay =
  (what: string) =>
  ({ store }: Context) =>
    updateScreen(store, (screen) => ({ ...screen, notice: `Esc closes ${what} first` }));

/** Does it where the word is typed as it is shown: case counts, blanks around it do not. */
export const ifTyped =
  <O extends Answered>(
    wordOf: (overlay: O) => string | null,
    perform: (context: Context, overlay: O) => void,
    wrong = "that is something else",
  ) =>
  (context: Context, overlay: O): void => {
    const word = wordOf(overlay);
    const typeIt = `type ${word}, or press Esc`;
    const notice = overlay.typed === "" ? typeIt : `${wrong}: ${typeIt}`;
    if (overlay.typed.trim() === word) perform(context, overlay);
    else updateScreen(context.store, (screen) => ({ ...screen, notice }));
  };

/** A character of the word. */
export function typeWord<O extends Answered>({ store }: Context, overlay: O, typed: Typed): void {
  const next = { ...overlay, typed: edited(overlay.typed, typed) };
  updateScreen(store, (screen) => ({ ...screen, overlay: next }));
}

/** The keys that scroll, by a line and by so many; `most` is the last line that may be the first on screen. */
export function scrolling<O extends Answered>(most: (overlay: O) => number, page: number): PromptKey<O>[] {
  const by =
    (distance: number) =>
    ({ store }: Context, overlay: O) => {
      const top = Math.max(0, Math.min(overlay.top + distance, most(overlay)));
      updateScreen(store, (screen) => ({ ...screen, overlay: { ...overlay, top } }));
    };
  return [
    { keys: ["down"], does: null, run: by(1) },
    { keys: ["up"], does: null, run: by(-1) },
    { keys: ["pagedown"], does: null, run: by(page) },
    { keys: ["pageup"], does: null, run: by(-page) },
  ];
}
