import { join } from "node:path";
import { readFileInTime } from "./files.ts";
import { writePrivateFile } from "./private-file.ts";

/** When servers answered last, by "user@host:port/database", with " through …" behind an ssh host: milliseconds of the wall clock. */
export type Answers = Readonly<Record<string, number>>;

const fileName = "answers.json";
const largestBytes = 4 * 1_048_576;
/** More than anybody watches; the oldest are forgotten. */
const most = 2000;

/** What earlier runs have written to the state folder; empty when there is nothing that can be read. Never rejects. */
export async function readAnswers(directory: string): Promise<Answers> {
  try {
    const read = await readFileInTime(join(directory, fileName), largestBytes, "refuse");
    if (!read.ok) return {};
    const found: unknown = JSON.parse(read.bytes.toString("utf8"));
    if (typeof found !== "object" || found === null) return {};
    return Object.fromEntries(Object.entries(found).filter(([, atMs]) => Number.isFinite(atMs)));
  } catch {
    return {};
  }
}

/**
 * Adds to what is written, which another run may have done meanwhile; the newest counts. Null when it is done, else why
 * not. Never rejects.
 */
export async function writeAnswers(directory: string, answers: Answers): Promise<string | null> {
  const newest = new Map(Object.entries(await readAnswers(directory)));
  for (const [address, atMs] of Object.entries(answers))
    newest.set(address, Math.max(atMs, newest.get(address) ?? atMs));
  const kept = [...newest].toSorted(([, one], [, other]) => other - one).slice(0, most);
  return writePrivateFile(join(directory, fileName), JSON.stringify(Object.fromEntries(kept)));
}
