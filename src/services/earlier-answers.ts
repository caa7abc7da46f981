import { randomUUID } from "node:crypto";
import { mkdir, open, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { readFileInTime } from "./files.ts";

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
 * Adds to what is written, which another run may have done meanwhile; the newest counts. The file is its owner's alone
 * and replaced in one step. Null when it is done, else why not. Never rejects.
 */
export async function writeAnswers(directory: string, answers: Answers): Promise<string | null> {
  const beside = join(directory, `.${fileName}.${randomUUID()}`);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const before = await readAnswers(directory);
    const newest = new Map(Object.entries(before));
    for (const [address, atMs] of Object.entries(answers))
      newest.set(address, Math.max(atMs, newest.get(address) ?? atMs));
    const kept = [...newest].toSorted(([, one], [, other]) => other - one).slice(0, most);
    await using file = await open(beside, "wx", 0o600);
    await file.writeFile(JSON.stringify(Object.fromEntries(kept)));
    await rename(beside, join(directory, fileName));
    return null;
  } catch (cause) {
    await unlink(beside).catch(() => {});
    return cause instanceof Error ? cause.message : String(cause);
  }
}
