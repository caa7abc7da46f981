import { join } from "node:path";
import { homeFolder } from "../config/home.ts";
import { writePrivateFile } from "../services/private-file.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What a terminal does with OSC 52, which sets its clipboard and is never answered. */
type Support = "yes" | "no" | "unsure";

/** Characters of base64 that every terminal with OSC 52 takes (hterm and tmux take no more). */
const longest = 74_994;

/**
 * Whether the terminal sets its clipboard, by what it says of itself. tmux and screen pass it on only if they are told
 * to, GNOME's terminals since VTE 0.80 at most, and Terminal.app and the console never.
 */
export function clipboardSupport({ TERM, TERM_PROGRAM, TMUX, STY, VTE_VERSION }: Environment): Support {
  if (TMUX || STY || VTE_VERSION) return "unsure";
  if (/^(linux|vt\d+|dumb|cons25)/.test(TERM ?? "") || TERM_PROGRAM === "Apple_Terminal") return "no";
  const isKnown = /kitty|alacritty|foot|ghostty|wezterm|contour/i.test(`${TERM} ${TERM_PROGRAM}`);
  return isKnown || TERM_PROGRAM === "iTerm.app" || TERM_PROGRAM === "vscode" ? "yes" : "unsure";
}

/**
 * Copies a text with OSC 52, and where the terminal refuses, or may refuse, into `copied.txt` of the state folder, which
 * only its owner can read. Answers where it is, in words for the footer. Never rejects.
 */
export async function copyText(
  text: string,
  what: string,
  { environment, directory, write }: Clipboard,
): Promise<string> {
  const encoded = Buffer.from(text).toString("base64");
  const support = encoded.length > longest ? "no" : clipboardSupport(environment);
  if (support !== "no") write(`\u001b]52;c;${encoded}\u0007`);
  if (support === "yes") return `copied ${what} to the terminal's clipboard`;
  const path = join(directory, "copied.txt");
  const why = await writePrivateFile(path, `${text}\n`);
  if (why !== null)
    return support === "no"
      ? `${what} was not copied: ${why}`
      : `sent ${what} to the terminal, which may ignore it`;
  // The path comes first: a notice is cut at its end.
  const shown = belowHome(path, environment);
  return support === "no"
    ? `${shown} has ${what}: the terminal cannot copy it`
    : `${shown} has ${what}, the clipboard perhaps`;
}

/** A path as a shell would take it, in fewer cells. */
function belowHome(path: string, environment: Environment): string {
  const home = homeFolder(environment);
  return path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}

type Clipboard = {
  readonly environment: Environment;
  readonly directory: string;
  /** Writes to the terminal. */
  readonly write: (sequence: string) => void;
};
