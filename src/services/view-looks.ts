import { join } from "node:path";
import type { Looks, ViewLook } from "../store/tables/looks.ts";
import { readFileInTime } from "./files.ts";
import { writePrivateFile } from "./private-file.ts";

const fileName = "views.json";
const largestBytes = 1_048_576;
/** More than there are views, or columns in one of them. */
const most = 500;
const longest = 1000;

/** How the user wants to see views, as earlier runs have written it; empty when there is nothing that can be read. Never rejects. */
export async function readLooks(directory: string): Promise<Looks> {
  try {
    const read = await readFileInTime(join(directory, fileName), largestBytes, "refuse");
    if (!read.ok) return {};
    const found = entriesOf(JSON.parse(read.bytes.toString("utf8")));
    return Object.fromEntries(found.map(([view, look]) => [view, lookIn(look)]));
  } catch {
    return {};
  }
}

/**
 * Writes what was changed in this run over what is written, which another run may have done meanwhile; undefined is a view
 * that is as it comes. Null when it is done, else why not. Never rejects.
 */
export async function writeLooks(
  directory: string,
  changed: ReadonlyMap<string, ViewLook | undefined>,
): Promise<string | null> {
  const all = new Map(Object.entries(await readLooks(directory)));
  for (const [view, look] of changed) {
    if (look === undefined) all.delete(view);
    else all.set(view, look);
  }
  return writePrivateFile(join(directory, fileName), `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`);
}

/** What of a look has the form of one. Names of columns that the view does not have are left for the view to pass over. */
function lookIn(found: unknown): ViewLook {
  const { order, shown, widths, sparks, sortBy, filter } = Object.fromEntries(entriesOf(found));
  const names = Array.isArray(order) ? order.filter(isText).slice(0, most) : [];
  const [ofShown, ofSparks] = [shown, sparks].map((some) =>
    entriesOf(some).filter((one): one is [string, boolean] => typeof one[1] === "boolean"),
  );
  const ofWidths = entriesOf(widths).filter((one): one is [string, number] => Number.isFinite(one[1]));
  return {
    ...(names.length > 0 && { order: names }),
    ...(ofShown?.length && { shown: Object.fromEntries(ofShown) }),
    ...(ofSparks?.length && { sparks: Object.fromEntries(ofSparks) }),
    ...(ofWidths.length > 0 && { widths: Object.fromEntries(ofWidths) }),
    ...(isText(sortBy) && { sortBy }),
    ...(isText(filter) && { filter }),
  };
}

const isText = (value: unknown): value is string => typeof value === "string" && value.length <= longest;

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null ? Object.entries(value).slice(0, most) : [];
}
