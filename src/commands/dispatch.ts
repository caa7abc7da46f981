import { textIn } from "../store/connection-form.ts";
import type { Overlay } from "../store/screen.ts";
import type { State } from "../store/store.ts";
import { updateScreen } from "../store/store.ts";
import { commands } from "./all.ts";
import { type Command, type Context, runCommand } from "./command.ts";
import { textOf } from "./edit.ts";
import { typeInto } from "./prompt.ts";

/** The command that a chord means where the person is now. */
export function commandFor(chord: string, state: State): Command | undefined {
  return commands.find(({ keys, when }) => keys.includes(chord) && (when?.(state) ?? true));
}

/** UTF-16 units: longer than any connection string, password or token; and than any name that is looked for. */
const longest = { line: 8192, search: 256 } as const;

/** A prompt that text is typed into; a question that a key answers takes none. */
type TextPrompt = Exclude<Overlay, { readonly kind: "help" | "host-key" | "connection-test" | "change" }>;

function textPrompt({ screen: { overlay } }: State): TextPrompt | null {
  if (overlay === null) return null;
  if ("form" in overlay) return overlay.form.asks === null ? overlay : null;
  return "text" in overlay || "typed" in overlay ? overlay : null;
}

/**
 * Acts on text that was pasted as a whole: it is typed where something is typed, without its line breaks, which a shell
 * may have had behind a backslash, and nothing elsewhere, since nobody means "q" by an address that holds one.
 */
export function paste(context: Context, text: string): void {
  const prompt = textPrompt(context.store.getState());
  if (!prompt) return;
  const line = text
    // What is cut away can be as long as one likes; one more unit tells that something was.
    .slice(0, longest.line + 1)
    .replace(/^[\r\n]+|[\r\n]+$/g, "")
    .replace(/\\?[\r\n]+|\t+/g, " ");
  typeText(context, prompt, line);
}

/** Acts on chords that came in one go. Text among them is typed in one go too: its cost must not grow with the square. */
export function dispatchAll(context: Context, chords: readonly string[]): void {
  let text = "";
  const flush = () => {
    const prompt = text === "" ? null : textPrompt(context.store.getState());
    if (prompt) typeText(context, prompt, text);
    text = "";
  };
  for (const [at, chord] of chords.entries()) {
    const more = textPrompt(context.store.getState()) ? textOf(chord) : null;
    if (more === null) {
      flush();
      const wasAsked = isAsked(context.store.getState());
      dispatch(context, chord);
      // What follows in the same go is the rest of a text, not an answer to a question that is not drawn yet.
      if (!wasAsked && isAsked(context.store.getState()) && chords.length - at > 2) return;
    } else text += more;
  }
  flush();
}

/** Whether a question waits for a yes. */
function isAsked({ screen: { overlay } }: State): boolean {
  if (overlay?.kind === "connection") return overlay.form.asks !== null;
  return overlay?.kind === "change" || overlay?.kind === "host-key";
}

/** Types text, as far as there is room for it, and says so where it was cut. */
function typeText(context: Context, prompt: TextPrompt, text: string): void {
  const most = "index" in prompt ? longest.search : longest.line;
  const room = Math.max(0, most - lengthOf(prompt));
  const fitting = text.length <= room ? text : wholeCharacters(text, room);
  if (fitting !== "") typeInto(context, prompt, { text: fitting });
  const notice = fitting === text ? null : `cut at ${most} characters`;
  updateScreen(context.store, (screen) => {
    const { overlay } = screen;
    if (overlay?.kind !== "connection" || notice === null) return { ...screen, notice };
    return { ...screen, overlay: { ...overlay, form: { ...overlay.form, notice } } };
  });
}

function lengthOf(prompt: TextPrompt): number {
  if (prompt.kind === "connection") return textIn(prompt.form, prompt.form.field).length;
  return ("text" in prompt ? prompt.text : prompt.typed.reveal()).length;
}

/** The first characters of a text that take at most `units`. */
function wholeCharacters(text: string, units: number): string {
  const next = new Intl.Segmenter().segment(text.slice(0, units + 256)).containing(units);
  return text.slice(0, next?.index ?? units);
}

/**
 * Acts on one chord: a character as typed, or "enter", "escape", "up", "shift-tab", "ctrl-c" and the like.
 * Ctrl-C always quits; an open prompt takes everything else; help closes on any key.
 */
export function dispatch(context: Context, chord: string): void {
  const { store, actions } = context;
  const { overlay, notice } = store.getState().screen;
  const prompt = textPrompt(store.getState());
  const text = prompt ? textOf(chord) : null;
  if (prompt && text !== null) {
    typeText(context, prompt, text);
    return;
  }
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
