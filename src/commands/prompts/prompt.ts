import type { Overlay, OverlayOf } from "../../store/screen.ts";
import type { Context } from "../command.ts";
import type { Typed } from "../edit.ts";

/** Whether characters are text that is typed, or keys. */
export type Focus = "text" | "choice";

/** A key of a dialog: dispatcher, footer and the dialog's own lines are read from it. */
export type PromptKey<O extends Overlay> = {
  /** Chords, as a command has them. */
  readonly keys: readonly string[];
  /** What it does, in a word or two; null for a key that is not worth a hint. */
  readonly does: string | null | ((overlay: O) => string);
  readonly when?: (overlay: O) => boolean;
  readonly run: (context: Context, overlay: O, chord: string) => void;
};

/** A key by its chords and what it does. */
export type KeyHint = { readonly keys: readonly string[]; readonly does: string };

/** A dialog as a record. How it is drawn is said in components/overlays/all.tsx. */
export type PromptOf<O extends Overlay> = {
  readonly kind: O["kind"];
  readonly focus: (overlay: O) => Focus;
  readonly keys: readonly PromptKey<O>[];
  /** Text, or a chord that none of the keys has, while text is typed. */
  readonly type?: (context: Context, overlay: O, typed: Typed) => void;
  /** What stands where text is typed, and the most that may: UTF-16 units. */
  readonly typed?: (overlay: O) => string;
  readonly longest?: number;
  /** The question, where a yes does harm: it takes no key but Esc until it was on screen. None if not given. */
  readonly asked?: (overlay: O) => object | null;
  /** Every other key, where characters are keys: nothing if not given. */
  readonly otherwise?: (context: Context, overlay: O) => void;
};

/** A dialog with its overlay closed over. It may be asked only of an overlay of its kind. */
export type Prompt<K extends Overlay["kind"] = Overlay["kind"]> = {
  readonly kind: K;
  readonly focus: (overlay: Overlay) => Focus;
  readonly hints: (overlay: Overlay) => readonly KeyHint[];
  /** Whether it is a question, and y would say yes. */
  readonly asks: (overlay: Overlay) => boolean;
  readonly asked: (overlay: Overlay) => object | null;
  readonly press: (context: Context, overlay: Overlay, chord: string) => void;
  readonly type: (context: Context, overlay: Overlay, typed: Typed) => void;
  readonly typed: (overlay: Overlay) => string;
  readonly longest: number;
};

/** Longer than any connection string, password or token. */
export const longestLine = 8192;
/** Longer than any name that is looked for. */
export const longestSearch = 256;

export const text = (): Focus => "text";
export const choice = (): Focus => "choice";

/** Declares a dialog. */
export function definePrompt<K extends Overlay["kind"]>(of: PromptOf<OverlayOf<K>>): Prompt<K>;
export function definePrompt<O extends Overlay>(of: PromptOf<O>): Prompt<O["kind"]> {
  const isIt = (overlay: Overlay): overlay is O => overlay.kind === of.kind;
  const own = (overlay: Overlay): O => {
    if (!isIt(overlay)) throw new Error(`${of.kind} is asked while ${overlay.kind} is open`);
    return overlay;
  };
  const keysOf = (overlay: O) => of.keys.filter(({ when }) => when?.(overlay) ?? true);
  return {
    kind: of.kind,
    focus: (overlay) => of.focus(own(overlay)),
    hints: (overlay) => {
      const open = own(overlay);
      return keysOf(open).flatMap(({ keys, does }) =>
        does === null ? [] : [{ keys, does: typeof does === "string" ? does : does(open) }],
      );
    },
    asks: (overlay) => {
      const open = own(overlay);
      return of.focus(open) === "choice" && keysOf(open).some(({ keys }) => keys.includes("y"));
    },
    asked: (overlay) => of.asked?.(own(overlay)) ?? null,
    press: (context, overlay, chord) => {
      const open = own(overlay);
      const key = keysOf(open).find(({ keys }) => keys.includes(chord));
      if (key) key.run(context, open, chord);
      else if (of.focus(open) === "text") of.type?.(context, open, chord);
      else of.otherwise?.(context, open);
    },
    type: (context, overlay, typed) => of.type?.(context, own(overlay), typed),
    typed: (overlay) => of.typed?.(own(overlay)) ?? "",
    longest: of.longest ?? longestLine,
  };
}
