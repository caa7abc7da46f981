import { optionName, type Problem } from "../error.ts";
import { interpolate } from "../interpolate.ts";
import { readConnectionText } from "../resolve/connection.ts";
import type { Path } from "./document.ts";
import type { ConfigFile } from "./file.ts";
import { secretPaths } from "./raw-values.ts";

/**
 * Refuses passwords in a file that others can read, as libpq ignores such password files, and
 * warns of a file that others can change: it says where passwords are sent.
 */
export function checkPrivacy(name: string, file: ConfigFile, problems: Problem[]): readonly string[] {
  if (process.platform === "win32") return [];
  const mode = `0${(file.mode & 0o777).toString(8)}`;
  const path = (file.mode & 0o077) === 0 ? undefined : passwordPath(file);
  if (path !== undefined)
    problems.push({
      where: file.where(path),
      option: optionName(path),
      expected: "a file that only its owner can read, since it holds a password",
      found: `mode ${mode}`,
      fix: `Run chmod 600 on it, or write the password as \${VARIABLE}.`,
    });
  return path === undefined && (file.mode & 0o022) !== 0
    ? [`${name} can be changed by others (mode ${mode}). Run chmod go-w on it.`]
    : [];
}

/** The first place where the file itself, and not a variable, holds a password. */
function passwordPath({ values, place }: ConfigFile): Path | undefined {
  const holders: Path[] = [["defaults"], ...Object.keys(values.nodes ?? {}).map((node) => ["nodes", node])];
  const places = [
    ...secretPaths(values).map((path) => ({ path, whole: true })),
    ...holders.flatMap((holder) => [
      { path: [...holder, "connection"], whole: false },
      { path: holder, whole: false },
    ]),
  ];
  return places.find(({ path, whole }) => {
    const source = place(path)?.source;
    if (source === undefined || source === null) return false;
    if (whole) return interpolate(source, {}).text !== "";
    return readConnectionText(source, {}, () => {})?.holdsPassword === true;
  })?.path;
}
