import type { Terminal as Xterm } from "@xterm/headless";

/** DEC private modes that a program should have switched off again, see xterm's "ctlseqs". */
const modesToLeave: Record<number, string> = {
  9: "mouse",
  47: "alternate screen",
  1000: "mouse",
  1002: "mouse",
  1003: "mouse",
  1004: "focus reports",
  1006: "mouse",
  1047: "alternate screen",
  1049: "alternate screen",
  2004: "bracketed paste",
  2026: "synchronized output",
};

export type ModeWatch = {
  isOn(mode: number): boolean;
  /** What is still on, by name, each once. */
  leftOn(): string[];
};

/** Follows the modes that a program sets; xterm itself does not tell whether the cursor is hidden. */
export function watchModes(xterm: Xterm): ModeWatch {
  const on = new Set([25]);
  let keyboardProtocols = 0;
  const set = (params: (number | number[])[], mark: (mode: number) => void) => {
    for (const mode of params.flat()) mark(mode);
    return false;
  };
  xterm.parser.registerCsiHandler({ prefix: "?", final: "h" }, (params) =>
    set(params, (mode) => on.add(mode)),
  );
  xterm.parser.registerCsiHandler({ prefix: "?", final: "l" }, (params) =>
    set(params, (mode) => on.delete(mode)),
  );
  xterm.parser.registerCsiHandler({ prefix: ">", final: "u" }, () => {
    keyboardProtocols += 1;
    return false;
  });
  xterm.parser.registerCsiHandler({ prefix: "<", final: "u" }, () => {
    keyboardProtocols = Math.max(0, keyboardProtocols - 1);
    return false;
  });
  return {
    isOn: (mode) => on.has(mode),
    leftOn() {
      const names = [...on].flatMap((mode) => modesToLeave[mode] ?? []);
      if (!on.has(25)) names.push("hidden cursor");
      if (keyboardProtocols > 0) names.push("kitty keyboard protocol");
      return [...new Set(names)];
    },
  };
}
