import { type SafeText, safe, safeWords } from "../../text/safe-text.ts";

/** What a colour means; a theme says how it looks. Everything also carries a glyph or a word. */
export type Meaning =
  | "plain"
  | "muted"
  | "strong"
  | "heading"
  | "ok"
  | "warning"
  | "critical"
  | "accent"
  | "selected"
  | "production";

/** SGR parameters that switch a meaning on; all are switched off by a reset. */
type Palette = Readonly<Record<Meaning, SafeText>>;

const dark: Palette = safeWords({
  plain: "",
  muted: "90",
  strong: "1",
  heading: "36",
  ok: "32",
  warning: "33",
  critical: "1;31",
  accent: "96",
  selected: "7",
  production: "1;37;41",
});

const palettes = {
  dark,
  light: { ...dark, ...safeWords({ heading: "34", warning: "35", accent: "34" }) },
  "high-contrast": {
    ...dark,
    ...safeWords({
      muted: "37",
      heading: "1;97",
      ok: "1;92",
      warning: "1;93",
      critical: "1;97;41",
      accent: "1;96",
    }),
  },
  // Blue and orange stay apart for every common kind of colour blindness.
  "colour-blind": {
    ...dark,
    ...safeWords({
      ok: "38;5;39",
      warning: "38;5;214",
      critical: "1;38;5;208",
      production: "1;30;48;5;208",
    }),
  },
} as const satisfies Record<string, Palette>;

export type ThemeName = keyof typeof palettes;

const tags: Readonly<Record<string, SafeText>> = safeWords({
  red: "31",
  green: "32",
  yellow: "33",
  blue: "34",
  magenta: "35",
  cyan: "36",
  white: "37",
  gray: "90",
});

const glyphs = safeWords({
  connected: "●",
  connecting: "◐",
  warning: "▲",
  error: "✖",
  stale: "◌",
  unjudged: "?",
  disconnected: "○",
  open: "▾",
  folded: "▸",
  separator: "▸",
  rule: "─",
  full: "█",
  empty: "░",
  cursor: "❯",
  marked: "»",
  unknown: "–",
  atMost: "≤",
  verified: "✔",
  ellipsis: "…",
  running: "►",
  paused: "‖",
  falling: "⌄",
  rising: "⌃",
  enter: "↵",
  lineBreak: "↵",
  times: "×",
  tree: "└",
  both: "◉",
  toLeft: "‹",
  toRight: "›",
});

export type Glyphs = Readonly<Record<keyof typeof glyphs, SafeText>>;

const asciiGlyphs: Glyphs = safeWords({
  connected: "*",
  connecting: "~",
  warning: "!",
  error: "X",
  stale: "?",
  unjudged: "u",
  disconnected: "o",
  open: "-",
  folded: "+",
  separator: ">",
  rule: "-",
  full: "#",
  empty: ".",
  cursor: ">",
  marked: "#",
  unknown: "-",
  atMost: "<=",
  verified: "ok",
  ellipsis: "~",
  running: ">",
  paused: "=",
  falling: "v",
  rising: "^",
  enter: "Enter",
  lineBreak: "\\n",
  times: "x",
  tree: "`",
  both: "@",
  toLeft: "<",
  toRight: ">",
});

export type Theme = {
  readonly ascii: boolean;
  readonly glyphs: Glyphs;
  /** The text in the look of a meaning. Takes text that already has its width. */
  readonly paint: (meaning: Meaning, text: SafeText) => SafeText;
  /** The text in the colour that the config gave a node or cluster; plain without one. */
  readonly tag: (colour: string | null, text: SafeText) => SafeText;
};

/** Without colour a meaning keeps at most bold, dim or reverse, which are no colours. */
const colourless: Partial<Record<Meaning, SafeText>> = safeWords({
  strong: "1",
  heading: "1",
  critical: "1",
  selected: "7",
  production: "7",
});

export function makeTheme(
  name: ThemeName,
  options: { readonly color: boolean; readonly ascii: boolean },
): Theme {
  const wrap = (codes: SafeText, text: SafeText) =>
    codes === "" || text === "" ? text : safe`\u001b[${codes}m${text}\u001b[0m`;
  return {
    ascii: options.ascii,
    glyphs: options.ascii ? asciiGlyphs : glyphs,
    paint: (meaning, text) =>
      wrap(options.color ? palettes[name][meaning] : (colourless[meaning] ?? safe``), text),
    tag: (colour, text) => wrap(options.color && colour !== null ? (tags[colour] ?? safe``) : safe``, text),
  };
}
