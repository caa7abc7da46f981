import type { Path } from "../file/document.ts";
import type { ConfigFile } from "../file/file.ts";
import { references } from "../interpolate.ts";

const namesVariable = /(?:password|passphrase)_env$/;
const holdsSecret = /(?:password|passphrase|^connection)$/;

/** The variables that secrets of a file come from: by their names, or filled in where a secret may stand. */
export function secretVariables({ values, place }: Pick<ConfigFile, "values" | "place">): readonly string[] {
  const found = new Set<string>();
  const look = (value: unknown, path: Path) => {
    if (typeof value === "object" && value !== null)
      for (const [key, one] of Object.entries(value)) look(one, [...path, key]);
    if (typeof value !== "string") return;
    const field = String(path.at(-1));
    if (namesVariable.test(field)) found.add(value);
    if (!holdsSecret.test(field)) return;
    // A node that is only a string stands under its own name.
    const { source } = place(path) ?? place(path.slice(0, -1)) ?? {};
    for (const [, name] of source?.matchAll(references) ?? []) if (name !== undefined) found.add(name);
  };
  look(values, []);
  return [...found].toSorted();
}
