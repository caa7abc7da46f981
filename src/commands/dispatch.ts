import type { Overlay } from "../store/screen.ts";
import { isTooSmall } from "../store/selectors.ts";
import type { State } from "../store/store.ts";
import { updateScreen } from "../store/store.ts";
import { commands } from "./all.ts";
import { leave } from "./application.ts";
import { applies, type Command, type Context, runCommand } from "./command.ts";
import { textOf } from "./edit.ts";
import { longestLine } from "./prompts/prompt.ts";
import { promptOf } from "./prompts/prompt-of.ts";

/** The command that a chord means where the person is now. */
export function commandFor(chord: string, state: State): Command | undefined {
  return commands.find((command) => command.keys.includes(chord) && applies(command, state));
}

/** The question on screen whose yes does harm, or null. */
export function questionOn({ screen }: State): object | null {
  const { overlay } = screen;
  return overlay && !isTooSmall(screen) ? promptOf(overlay).asked(overlay) : null;
}

/** Whether what is open is a question that its user cannot have read yet. */
function isUnread({ store, actions }: Context): boolean {
  const question = questionOn(store.getState());
  return question !== null && !actions.wasShown(question);
}

/** What is open, on screen and takes text, or null. */
function textPrompt(context: Context): Overlay | null {
  const { screen } = context.store.getState();
  const { overlay } = screen;
  if (!overlay || isTooSmall(screen) || isUnread(context)) return null;
  return promptOf(overlay).focus(overlay) === "text" ? overlay : null;
}

function sayTooEarly({ store }: Context): void {
  const notice = "a key came before this question was on screen and does not count";
  updateScreen(store, (screen) => ({ ...screen, notice }));
}

/**
 * Acts on text that was pasted as a whole: it is typed where something is typed, without its line breaks, which a shell
 * may have had behind a backslash, and nothing elsewhere, since nobody means "q" by an address that holds one.
 */
export function paste(context: Context, text: string): void {
  const overlay = textPrompt(context);
  if (!overlay) return;
  const line = text
    // What is cut away can be as long as one likes; one more unit tells that something was.
    .slice(0, longestLine + 1)
    .replace(/^[\r\n]+|[\r\n]+$/g, "")
    .replace(/\\?[\r\n]+|\t+/g, " ");
  typeText(context, overlay, line);
}

/** Acts on chords that came in one go. Text among them is typed in one go too: its cost must not grow with the square. */
export function dispatchAll(context: Context, chords: readonly string[]): void {
  let text = "";
  const flush = () => {
    const overlay = text === "" ? null : textPrompt(context);
    if (overlay) typeText(context, overlay, text);
    text = "";
  };
  for (const [at, chord] of chords.entries()) {
    const more = textPrompt(context) ? textOf(chord) : null;
    if (more === null) {
      flush();
      const wasAsked = isAsked(context.store.getState());
      dispatch(context, chord);
      // What follows in the same go is the rest of a text, not an answer to a question that is not drawn yet.
      if (!wasAsked && isAsked(context.store.getState()) && chords.length - at > 2) {
        sayTooEarly(context);
        return;
      }
    } else text += more;
  }
  flush();
}

/** Whether a question waits for a yes. */
function isAsked({ screen: { overlay } }: State): boolean {
  return overlay !== null && promptOf(overlay).asks(overlay);
}

/** Types text, as far as there is room for it, and says so where it was cut. */
function typeText(context: Context, overlay: Overlay, text: string): void {
  const { longest, typed, type } = promptOf(overlay);
  const room = Math.max(0, longest - typed(overlay).length);
  const fitting = text.length <= room ? text : wholeCharacters(text, room);
  if (fitting !== "") type(context, overlay, { text: fitting });
  const notice = fitting === text ? null : `cut at ${longest} characters`;
  updateScreen(context.store, (screen) => ({ ...screen, notice }));
}

/** The first characters of a text that take at most `units`. */
function wholeCharacters(text: string, units: number): string {
  const next = new Intl.Segmenter().segment(text.slice(0, units + 256)).containing(units);
  return text.slice(0, next?.index ?? units);
}

/**
 * Acts on one chord: a character as typed, or "enter", "escape", "up", "shift-tab", "ctrl-c" and the like.
 * Ctrl-C always leaves; what is open over the screen takes everything else. What is not drawn takes nothing.
 */
export function dispatch(context: Context, chord: string): void {
  const { store } = context;
  const { screen } = store.getState();
  const { overlay, notice } = screen;
  if (isTooSmall(screen)) {
    unseen(context, chord);
    return;
  }
  const open = textPrompt(context);
  const text = open ? textOf(chord) : null;
  if (open && text !== null) {
    typeText(context, open, text);
    return;
  }
  if (notice !== null) updateScreen(store, (screen) => ({ ...screen, notice: null }));
  if (chord === "ctrl-c") leave(context);
  else if (chord !== "escape" && isUnread(context)) sayTooEarly(context);
  else if (overlay) promptOf(overlay).press(context, overlay, chord);
  else {
    const command = commandFor(chord, store.getState());
    if (command) runCommand(command, context);
  }
}

const needsNoScreen: ReadonlySet<string> = new Set(["quit", "redraw", "suspend"]);

/** Acts on a chord while nothing is drawn. A dialog may wait for text: its letters do not quit. */
function unseen(context: Context, chord: string): void {
  const { screen } = context.store.getState();
  const command = commands.find(({ name, keys }) => needsNoScreen.has(name) && keys.includes(chord));
  if (command && (screen.overlay === null || chord.startsWith("ctrl-"))) runCommand(command, context);
}
