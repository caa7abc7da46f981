import { glob } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { isAbsent } from "../../files/plain-file.ts";
import { type ConfigLine, parseClientConfig } from "../../ssh/client-config.ts";
import { expandTokens, type LocalFacts, localTokens } from "../../ssh/tokens.ts";
import { readFileInTime } from "../files.ts";

/** As deep as ssh itself goes. */
const deepest = 16;
const largestBytes = 1_048_576;

/**
 * The lines of an ssh_config with those of the files that it includes; none when there is no file. Relative names and
 * `~` begin at the home folder. Rejects, as ssh does, on a file that others could have changed.
 */
export async function readClientConfig(file: string, local: LocalFacts, depth = 0): Promise<ConfigLine[]> {
  const lines = parseClientConfig(await textOf(file));
  const include = async (line: ConfigLine): Promise<ConfigLine> => {
    if (line.keyword !== "include" || depth === deepest) return line;
    const files = await Promise.all(line.words.map((word) => filesOf(word, local)));
    const included = files.flat().map((name) => readClientConfig(name, local, depth + 1));
    return { ...line, included: await Promise.all(included) };
  };
  return Promise.all(lines.map(include));
}

async function filesOf(word: string, local: LocalFacts): Promise<string[]> {
  const { home } = local;
  const expanded = expandTokens(word, localTokens(local), process.env);
  if (!expanded.ok) throw new Error(`an Include has ${expanded.problem}`);
  const pattern = expanded.text;
  const path = pattern.startsWith("~/") ? join(home, pattern.slice(2)) : pattern;
  const found = glob(isAbsolute(path) ? path : join(home, ".ssh", path));
  return (await Array.fromAsync(found)).toSorted();
}

async function textOf(file: string): Promise<string> {
  const read = await readFileInTime(file, largestBytes);
  if (isAbsent(read)) return "";
  if (!read.ok) throw new Error(`${file} ${read.why}`);
  if ((read.mode & 0o022) !== 0) throw new Error(`${file} can be changed by others: run chmod go-w on it`);
  return read.bytes.toString("utf8");
}
