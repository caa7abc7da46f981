import { readPlainFile } from "../../files/plain-file.ts";
import { printable } from "../error.ts";
import type { UnsavedFile } from "../file/document.ts";
import type { Loaded } from "../load.ts";
import { largestBytes } from "../reading.ts";
import { type ConfigEdit, editConfig } from "./edit.ts";
import { saveConfig } from "./save.ts";

/** The file's text after the change, or why it is as it was, in a sentence. */
export type Changed =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: string };

/**
 * Makes an edit in the config file. What would not load is not written, and neither is anything over a file that
 * another program changed meanwhile. Never rejects for what a disk does.
 * @param load what loadSettings makes of an unsaved file, with this run's flags and environment
 */
export async function changeConfig(
  path: string,
  edit: ConfigEdit,
  load: (unsaved: UnsavedFile) => Loaded,
): Promise<Changed> {
  const before = await textOf(path);
  if (before && "problem" in before) return { ok: false, problem: before.problem };
  const edited = editConfig(before?.text ?? "", edit);
  if (!edited.ok || edited.text === before?.text) return edited;
  const loaded = load({ path, text: edited.text, mode: before?.mode ?? 0o600 });
  if (!loaded.ok) return { ok: false, problem: loaded.error.message.split("\n")[0] ?? "" };
  const problem = await saveConfig(path, edited.text, before?.text ?? null);
  return problem === null ? edited : { ok: false, problem };
}

/** What the file holds; null when there is none. */
async function textOf(path: string) {
  const read = await readPlainFile(path, largestBytes);
  if (read.ok) return { text: read.bytes.toString("utf8"), mode: read.mode };
  return read.code === "ENOENT" ? null : { problem: `${printable(path)} ${read.why}` };
}
