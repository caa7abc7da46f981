/**
 * Whether a name fits one of the patterns and none of those that begin with `!` (ssh_config(5), PATTERNS):
 * `*` stands for any text, `?` for one character.
 */
export function fitsPatterns(name: string, patterns: readonly string[]): boolean {
  let fits = false;
  for (const pattern of patterns) {
    const negated = pattern.startsWith("!");
    if (!fitsPattern(name, negated ? pattern.slice(1) : pattern)) continue;
    if (negated) return false;
    fits = true;
  }
  return fits;
}

/** By hand: a regular expression of many stars takes for ever on a name that does not fit. */
function fitsPattern(name: string, pattern: string): boolean {
  let [at, here, star, retry] = [0, 0, -1, 0];
  while (at < name.length) {
    const wanted = pattern[here];
    if (wanted === "*") {
      star = here++;
      retry = at;
    } else if (wanted === "?" || wanted === name[at]) {
      here++;
      at++;
    } else if (star >= 0) {
      here = star + 1;
      at = ++retry;
    } else return false;
  }
  while (pattern[here] === "*") here++;
  return here === pattern.length;
}
