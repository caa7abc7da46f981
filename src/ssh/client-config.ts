import { fitsPatterns } from "./pattern.ts";
import { expandTokens } from "./tokens.ts";

/** A line of ssh_config(5); `Include` has the lines of each of its files. */
export type ConfigLine = {
  /** In lower case. */
  readonly keyword: string;
  readonly words: readonly string[];
  readonly included: readonly (readonly ConfigLine[])[];
};

/** What a config says of one host, by keyword in lower case; the first that is said counts. */
export type HostConfig = ReadonlyMap<string, readonly string[]>;

/** Reads a file's text: a keyword, blanks or one `=`, and words, in quotes where they hold blanks. */
export function parseClientConfig(text: string): ConfigLine[] {
  return text.split("\n").flatMap((line) => {
    const [, keyword, rest = ""] = /^([A-Za-z]\w*)(?:\s*=\s*|\s+|$)(.*)$/.exec(line.trim()) ?? [];
    if (keyword === undefined) return [];
    return [{ keyword: keyword.toLowerCase(), words: wordsOf(rest), included: [] }];
  });
}

function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const [word] of text.matchAll(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+|\S/g)) {
    if (word.startsWith("#")) break;
    words.push(
      word.replace(
        /"((?:\\.|[^"\\])*)"|'([^']*)'|\\(["'\\ ])/g,
        (_, double?: string, single?: string, escaped?: string) =>
          double?.replace(/\\(["\\])/g, "$1") ?? single ?? escaped ?? "",
      ),
    );
  }
  return words;
}

/**
 * What the lines say of a host as the user names it. `Match` knows `all`, `host`, `originalhost`, `user` and
 * `localuser`; a line with any other criterion, such as `exec`, never matches: nothing is run.
 */
export function configOf(host: string, lines: readonly ConfigLine[], localUser: string): HostConfig {
  const found = new Map<string, string[]>();
  const matches = ({ keyword, words }: ConfigLine): boolean =>
    keyword === "host" ? fitsPatterns(host, words) : fitsMatch(words, host, found, localUser);
  const take = (each: readonly ConfigLine[], isActive: boolean) => {
    let isHere = isActive;
    for (const line of each) {
      const { keyword, words, included } = line;
      if (keyword === "host" || keyword === "match") isHere = isActive && matches(line);
      else if (!isHere) continue;
      else if (keyword === "include") for (const file of included) take(file, true);
      else if (keyword === "identityfile") found.set(keyword, [...(found.get(keyword) ?? []), ...words]);
      else if (!found.has(keyword)) found.set(keyword, [...words]);
    }
  };
  take(lines, true);
  return found;
}

function hostNameOf(host: string, found: HostConfig): string {
  const said = found.get("hostname")?.[0];
  const expanded = said === undefined ? null : expandTokens(said, { h: host });
  // One that cannot be filled in is refused where the way is looked for.
  return expanded?.ok ? expanded.text : host;
}

function fitsMatch(words: readonly string[], host: string, found: HostConfig, localUser: string): boolean {
  const facts: Readonly<Record<string, string>> = {
    host: hostNameOf(host, found),
    originalhost: host,
    user: found.get("user")?.[0] ?? localUser,
    localuser: localUser,
  };
  const left = words.flatMap((word) => word.split(/=(.*)/s, 2).filter(Boolean));
  if (left.length === 0) return false;
  while (left.length > 0) {
    const criterion = (left.shift() ?? "").toLowerCase();
    if (criterion === "all") continue;
    const fact = facts[criterion.replace(/^!/, "")];
    const patterns = left.shift();
    if (fact === undefined || patterns === undefined) return false;
    if (fitsPatterns(fact, patterns.split(",")) === criterion.startsWith("!")) return false;
  }
  return true;
}
