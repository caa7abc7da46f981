import type { State } from "../store/store.ts";
import { updateScreen } from "../store/store.ts";
import { commands } from "./all.ts";
import { type Command, type Context, runCommand } from "./command.ts";
import { typeInto } from "./prompt.ts";

/** The command that a chord means where the person is now. */
export function commandFor(chord: string, state: State): Command | undefined {
  return commands.find(({ keys, when }) => keys.includes(chord) && (when?.(state) ?? true));
}

/** Longer than any connection string or filter; the rest was not meant for here. */
const longestPaste = 8192;

/**
 * Acts on text that was pasted as a whole: it is typed where something is typed, without its line breaks, which a shell
 * may have had behind a backslash, and nothing elsewhere, since nobody means "q" by an address that holds one.
 */
export function paste(context: Context, text: string): void {
  if (!takesText(context.store.getState())) return;
  const line = text
    .slice(0, longestPaste)
    .replace(/^[\r\n]+|[\r\n]+$/g, "")
    .replace(/\\?[\r\n]+|\t+/g, " ");
  for (const { segment } of new Intl.Segmenter().segment(line)) {
    const { overlay } = context.store.getState().screen;
    if (overlay && overlay.kind !== "help") typeInto(context, overlay, segment === " " ? "space" : segment);
  }
}

/** Whether something is typed just now; a question that a key answers is none. */
function takesText({ screen: { overlay } }: State): boolean {
  return overlay !== null && ("text" in overlay || "typed" in overlay || "form" in overlay);
}

/**
 * Acts on one chord: a character as typed, or "enter", "escape", "up", "shift-tab", "ctrl-c" and the like.
 * Ctrl-C always quits; an open prompt takes everything else; help closes on any key.
 */
export function dispatch(context: Context, chord: string): void {
  const { store, actions } = context;
  const { overlay, notice } = store.getState().screen;
  if (notice !== null) updateScreen(store, (screen) => ({ ...screen, notice: null }));
  if (chord === "ctrl-c") actions.quit();
  else if (overlay?.kind === "help") {
    updateScreen(store, (screen) => ({ ...screen, overlay: null }));
    if (chord === "q") actions.quit();
  } else if (overlay) typeInto(context, overlay, chord);
  else {
    const command = commandFor(chord, store.getState());
    if (command) runCommand(command, context);
  }
}
