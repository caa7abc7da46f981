import { csiKey, escapeKey, ss3Key } from "./key-sequence.ts";
import { PasteText } from "./paste-text.ts";

const ESC = 0x1b;
const BEL = 0x07;
const controlC = 0x03;

/** Bytes with a shorter pause between them were sent as one key: no user types Escape and another key so fast. */
const oneKeyMs = 40;
/** How long the first byte of what may be a tail waits for the next byte before it counts as typed. */
const tailMs = 1000;
/** How long after an Escape its tail may still come: in one piece, which no user types, or by its first byte. */
const lateMs = { whole: 5000, begun: 2000 } as const;
/** After a longer silence the rest of a sequence never comes. */
const cutMs = 5000;
const longestSequence = 256;

/**
 * `doubtful`: after Escape came a pause, so a user may have typed both. `late`: its Escape was obeyed already, and the
 * rest must not be.
 */
type Certainty = "sure" | "doubtful" | "late";

type Sequence = {
  readonly kind: "csi" | "ss3" | "string";
  readonly introducer: string;
  readonly certainty: Certainty;
  /** `ESC ESC [ A` is Alt-Up, which must not act as Up. */
  readonly alt: boolean;
  readonly body: string;
};

type Phase =
  | { readonly kind: "ground" }
  | { readonly kind: "escape"; readonly count: 1 | 2 }
  | Sequence
  /** After ESC within a string: a backslash ends it. */
  | { readonly kind: "string-end" }
  /** The rest of a mouse report in X10's form. */
  | { readonly kind: "mouse"; readonly left: number }
  /** The rest of a character of several bytes that was typed with Alt. */
  | { readonly kind: "alt-character" }
  | { readonly kind: "paste"; readonly text: PasteText };

const ground: Phase = { kind: "ground" };

/** The first byte of the answers that terminals give in a string, by what opens the string. */
const answerStarts: Readonly<Record<string, RegExp>> = {
  "]": /[0-9lLI]/,
  P: /[0-9?!>+=$"' ]/,
  // Kitty's graphics.
  _: /G/,
};

/**
 * Makes whole keys of the bytes that a terminal sends, however they are cut, and lets only keys and pastes through, in
 * forms that Ink cannot misread. Answers to queries, reports of mouse and focus, and keys with Alt come to nothing.
 */
export class InputFilter {
  #phase: Phase = ground;
  #out = "";
  /** Text that is not decoded yet: the last character may be incomplete. */
  #text: number[] = [];
  readonly #decoder = new TextDecoder();
  #lastMs = Number.NEGATIVE_INFINITY;
  /** When Escape was obeyed, while no key came after it. */
  #escapedMs = Number.NEGATIVE_INFINITY;
  #waitMs: number;
  readonly #longestWaitMs: number;

  /** @param waitMs how long Escape waits for the rest of a sequence; the longest wait counts once a rest came late */
  constructor(waitMs: number, longestWaitMs: number) {
    this.#waitMs = waitMs;
    this.#longestWaitMs = longestWaitMs;
  }

  /** Takes the bytes that came at `nowMs`, and returns what they complete. */
  push(chunk: Uint8Array, nowMs: number): string {
    const pause = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    const phase = this.#phase;
    // A lone Ctrl-C is the way out of a paste whose end was lost.
    const isStuck = phase.kind === "paste" ? chunk.length === 1 && chunk[0] === controlC : pause > cutMs;
    if (isStuck) this.#phase = ground;
    const lateness = nowMs - this.#escapedMs;
    const mayBeTail = lateness < (chunk.length > 1 ? lateMs.whole : lateMs.begun);
    for (let at = 0; at < chunk.length; ) {
      if (this.#phase.kind === "paste") at = this.#paste(this.#phase.text, chunk, at);
      else if (this.#byte(chunk[at] ?? 0, at === 0 ? pause : 0, at === 0 && mayBeTail)) at++;
    }
    return this.#take();
  }

  /** Milliseconds after the last byte when {@link expire} is due; null when nothing waits. */
  get dueMs(): number | null {
    if (this.#phase.kind === "escape") return this.#waitMs;
    return this.#isHeld() ? tailMs : null;
  }

  /** Takes what waited as typed, since no more bytes came. */
  expire(nowMs: number): string {
    if (this.#phase.kind === "escape") {
      this.#add(escapeKey.repeat(this.#phase.count));
      this.#phase = ground;
      this.#escapedMs = nowMs;
    } else if (this.#isHeld()) this.#release();
    return this.#take();
  }

  /** Takes one byte outside of a paste; false when it ended what was open and has to be looked at again. */
  #byte(byte: number, pause: number, mayBeTail: boolean): boolean {
    const phase = this.#phase;
    switch (phase.kind) {
      case "escape":
        this.#afterEscape(phase.count, byte, pause >= oneKeyMs);
        return true;
      case "csi":
      case "ss3":
      case "string":
        return this.#inSequence(phase, byte, pause > 0);
      case "string-end":
        this.#phase = byte === 0x5c ? ground : { kind: "escape", count: 1 };
        return byte === 0x5c;
      case "mouse":
        this.#phase = phase.left > 1 && byte >= 0x20 ? { kind: "mouse", left: phase.left - 1 } : ground;
        return byte >= 0x20;
      case "alt-character":
        if (isContinuation(byte)) return true;
        this.#phase = ground;
        return false;
      default:
        this.#typed(byte, mayBeTail);
        return true;
    }
  }

  #typed(byte: number, mayBeTail: boolean): void {
    const character = String.fromCharCode(byte);
    if (byte === ESC) this.#phase = { kind: "escape", count: 1 };
    else if (mayBeTail && /[[O\]P_]/.test(character)) this.#open(character, "late", false);
    else this.#text.push(byte);
    this.#escapedMs = Number.NEGATIVE_INFINITY;
  }

  #afterEscape(count: 1 | 2, byte: number, isSlow: boolean): void {
    const character = String.fromCharCode(byte);
    const isSequence = /[[O\]P_^X]/.test(character);
    const isAlt = count === 2 && !isSlow && /[[O]/.test(character);
    // An Escape before a pause, or before another one, was a key of its own.
    const ownKeys = isAlt ? 0 : isSlow && !isSequence ? count : count - 1;
    this.#add(escapeKey.repeat(ownKeys));
    if (isSequence) this.#open(character, isSlow ? "doubtful" : "sure", isAlt);
    else if (byte === ESC) this.#phase = { kind: "escape", count: isSlow ? 1 : 2 };
    else {
      this.#phase = !isSlow && byte >= 0x80 ? { kind: "alt-character" } : ground;
      if (isSlow || byte === controlC) this.#text.push(byte);
    }
  }

  #open(introducer: string, certainty: Certainty, alt: boolean): void {
    const kind = introducer === "[" ? "csi" : introducer === "O" ? "ss3" : "string";
    this.#phase = { kind, introducer, certainty, alt, body: "" };
  }

  #inSequence(sequence: Sequence, byte: number, isFirst: boolean): boolean {
    const { kind, body, certainty } = sequence;
    if (kind === "string" && (byte === BEL || byte === ESC)) {
      this.#phase = byte === BEL ? ground : { kind: "string-end" };
      return true;
    }
    const character = String.fromCharCode(byte);
    const isChecked = body === "" && (isFirst || certainty !== "sure");
    const isForeign = byte < 0x20 || byte === 0x7f || (byte > 0x7f && kind !== "string");
    if (isForeign || (isChecked && !canFollow(sequence, character))) {
      this.#release();
      return false;
    }
    const isFinal = kind !== "string" && /[@-~]/.test(character) && !(character === "[" && body === "");
    // With Shift, rxvt ends keys in a byte that is no last byte elsewhere.
    if (!isFinal && !(kind === "csi" && character === "$" && /^[2-8]$/.test(body)))
      this.#phase = body.length < longestSequence ? { ...sequence, body: body + character } : sequence;
    else this.#complete(sequence, character);
    return true;
  }

  #complete({ kind, certainty, alt, body }: Sequence, final: string): void {
    this.#phase = ground;
    if (certainty !== "sure") this.#waitMs = this.#longestWaitMs;
    if (kind === "csi" && final === "M" && body === "") this.#phase = { kind: "mouse", left: 3 };
    else if (kind === "csi" && final === "~" && body === "200")
      this.#phase = { kind: "paste", text: new PasteText() };
    else if (certainty !== "late" && !alt)
      this.#add(kind === "csi" ? csiKey(body, final) : ss3Key(body, final));
  }

  /** True while only a sequence's first byte is here, which a user may have typed. */
  #isHeld(): boolean {
    const phase = this.#phase;
    return "certainty" in phase && phase.certainty !== "sure" && phase.body === "";
  }

  /** Gives up an open sequence: what a user may have typed of it counts as typed. */
  #release(): void {
    const phase = this.#phase;
    this.#phase = ground;
    if (!("certainty" in phase) || phase.certainty === "sure" || phase.body.length > 0) return;
    if (phase.certainty === "doubtful") this.#add(escapeKey);
    this.#text.push(phase.introducer.charCodeAt(0));
  }

  /** Takes the bytes of a paste, and returns where the chunk goes on. */
  #paste(text: PasteText, chunk: Uint8Array, at: number): number {
    const next = text.push(chunk, at);
    if (next === null) return chunk.length;
    this.#add(`\u001b[200~${text.read()}\u001b[201~`);
    this.#phase = ground;
    return next;
  }

  #add(keys: string): void {
    this.#flush();
    this.#out += keys;
  }

  #take(): string {
    this.#flush();
    const out = this.#out;
    this.#out = "";
    return out;
  }

  /** Decodes the text so far. Bytes that are no UTF-8 were no key: Alt in the 8-bit form, or noise of the line. */
  #flush(): void {
    if (this.#text.length === 0) return;
    const text = this.#decoder.decode(new Uint8Array(this.#text), { stream: true });
    this.#text = [];
    this.#out += text.replace(/[\ufffd\u0080-\u009f]/g, "");
  }
}

const isContinuation = (byte: number) => byte >= 0x80 && byte < 0xc0;

/** Whether a character can be the second one, where the first may have been typed. */
function canFollow({ kind, introducer, certainty }: Sequence, character: string): boolean {
  if (kind === "string") return answerStarts[introducer]?.test(character) ?? true;
  if (certainty === "sure") return true;
  return kind === "csi" ? /[0-9<=>?A-FHIMOP-SZ]/.test(character) : /[A-DFHMP-S]/.test(character);
}
