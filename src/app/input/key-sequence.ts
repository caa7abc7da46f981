/** Escape in the one form that cannot be the beginning of anything else: the kitty keyboard protocol's. */
export const escapeKey = "\u001b[27u";

const backTab = "\u001b[Z";

/** Codes of the kitty keyboard protocol for keys that also have a form of their own. */
const namedCodes: Readonly<Record<number, string>> = {
  8: "\u007f",
  9: "\t",
  13: "\r",
  27: escapeKey,
  127: "\u007f",
  57409: ".",
  57410: "/",
  57411: "*",
  57412: "-",
  57413: "+",
  57414: "\r",
  57415: "=",
  57417: "\u001b[D",
  57418: "\u001b[C",
  57419: "\u001b[A",
  57420: "\u001b[B",
  57421: "\u001b[5~",
  57422: "\u001b[6~",
  57423: "\u001b[H",
  57424: "\u001b[F",
  57426: "\u001b[3~",
};

/** Shift, Alt, Control and so on as xterm and kitty send them: a sum of bits plus one, and press, repeat or release. */
function modifiersOf(field = "") {
  const [sum, event] = field.split(":");
  const bits = Math.max(0, Number(sum || 1) - 1);
  return {
    shift: (bits & 1) !== 0,
    control: (bits & 4) !== 0,
    /** No command has a key with Alt, Super, Hyper or Meta, and they must not act as the key without. */
    foreign: (bits & (2 | 8 | 16 | 32)) !== 0 || event === "3",
  };
}

/**
 * What a CSI sequence means as input for Ink: a key in its plainest form or a character; empty for answers of the
 * terminal, reports of mouse and focus, and keys that nothing is bound to.
 * @param parameters all between `ESC [` and the last byte
 */
export function csiKey(parameters: string, final: string): string {
  if (/^[[0-9;:]*$/.test(parameters) === false) return "";
  const fields = parameters.split(";");
  const [first = "", second, third] = fields;
  if (final === "u") return codeKey(first, second, third);
  if (final === "~" && first === "27" && fields.length === 3) return codeKey(third ?? "", second, undefined);
  if (modifiersOf(second).foreign) return "";
  if (final === "Z") return backTab;
  // rxvt marks Shift by a small letter.
  if (/^[ABCDFH]$|^[abcd]$/.test(final) && /^1?$/.test(first)) return `\u001b[${final.toUpperCase()}`;
  // rxvt marks Shift, Control and both by the last byte; PuTTY doubles the bracket.
  if (/^[~^$@]$/.test(final) && /^(\[?[56]|[13478])$/.test(first)) return `\u001b[${first.replace("[", "")}~`;
  return "";
}

/** The same for SS3, `ESC O`: keys of a terminal in application mode. */
export function ss3Key(parameters: string, final: string): string {
  if (modifiersOf(parameters.split(";").at(-1)).foreign) return "";
  if (/^[ABCDFH]$|^[abcd]$/.test(final)) return `\u001b[${final.toUpperCase()}`;
  if (final === "M") return "\r";
  return /^[j-y]$/.test(final) ? ("*+,-./0123456789"[final.charCodeAt(0) - 106] ?? "") : "";
}

/** A key by the code of its character, as kitty (`CSI code ; modifiers ; text u`) and xterm's modifyOtherKeys send it. */
function codeKey(codes: string, modifiers: string | undefined, text: string | undefined): string {
  const { shift, control, foreign } = modifiersOf(modifiers);
  if (foreign) return "";
  const [plain = "", shifted = ""] = codes.split(":");
  const code = Number(plain);
  if (code === 9 && shift) return backTab;
  const named = namedCodes[code];
  if (named !== undefined) return named;
  if (code >= 57399 && code <= 57408) return String(code - 57399);
  if (control) return code >= 64 && code < 128 ? String.fromCharCode(code & 0x1f) : "";
  if (text) return text.split(":").map(characterOf).join("");
  if (shift && shifted !== "") return characterOf(shifted);
  return shift ? characterOf(plain).toUpperCase() : characterOf(plain);
}

/** The character of a decimal code; empty for control characters, private use and what is no character. */
function characterOf(decimal: string): string {
  const code = Number(decimal);
  if (!Number.isInteger(code) || code < 32 || code > 0x10ffff) return "";
  const character = String.fromCodePoint(code);
  return /^[\p{C}]$/u.test(character) ? "" : character;
}
