const named: Record<string, string> = {
  Enter: "\r",
  Escape: "\x1b",
  Tab: "\t",
  BackTab: "\x1b[Z",
  Space: " ",
  Backspace: "\x7f",
  Up: "\x1b[A",
  Down: "\x1b[B",
  Right: "\x1b[C",
  Left: "\x1b[D",
  Home: "\x1b[H",
  End: "\x1b[F",
  Insert: "\x1b[2~",
  Delete: "\x1b[3~",
  PageUp: "\x1b[5~",
  PageDown: "\x1b[6~",
  F1: "\x1bOP",
  F2: "\x1bOQ",
  F3: "\x1bOR",
  F4: "\x1bOS",
  F5: "\x1b[15~",
  F6: "\x1b[17~",
  F7: "\x1b[18~",
  F8: "\x1b[19~",
  F9: "\x1b[20~",
  F10: "\x1b[21~",
  F11: "\x1b[23~",
  F12: "\x1b[24~",
};

/**
 * What xterm sends for a key: a name such as `Enter`, `Up`, `F5`, `C-c` (Control) or `M-x` (Alt).
 * Anything else is text that is typed as it stands.
 */
export function keyBytes(key: string): string {
  const name = named[key];
  if (name !== undefined) return name;
  const control = /^C-([a-z[\]\\^_@])$/.exec(key)?.[1];
  if (control) return String.fromCharCode(control.toUpperCase().charCodeAt(0) & 0x1f);
  const alt = /^M-(.+)$/.exec(key)?.[1];
  return alt ? `\x1b${keyBytes(alt)}` : key;
}
