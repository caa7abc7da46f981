import { dirname, join, normalize } from "node:path";
import { importsOf } from "./import-rules.ts";
import type { Problem, SourceFile } from "./source.ts";

const mostFiles = 20;

/** A folder has 20 files at most: more are no longer found by reading its listing. */
export function smallFolders(files: readonly SourceFile[]): Problem[] {
  const folders = Map.groupBy(files, ({ path }) => dirname(path));
  return [...folders]
    .filter(([, inside]) => inside.length > mostFiles)
    .map(([path, inside]) => ({
      path,
      line: 1,
      message: `${inside.length} files; a folder has ${mostFiles} at most`,
    }));
}

type Import = { readonly to: string; readonly line: number };

const relativeImports = ({ path, text }: SourceFile): Import[] =>
  importsOf(text)
    .filter(({ specifier }) => specifier.startsWith("."))
    .map(({ specifier, line }) => ({ to: normalize(join(dirname(path), specifier)), line }));

/** No file leads back to itself by its imports, type-only ones included. One problem for each circle. */
export function noImportCircles(files: readonly SourceFile[]): Problem[] {
  const imports = new Map(files.map((file) => [file.path, relativeImports(file)]));
  const done = new Set<string>();
  const problems: Problem[] = [];
  const visit = (path: string, trail: readonly string[]) => {
    for (const { to, line } of imports.get(path) ?? []) {
      const start = trail.indexOf(to);
      if (start >= 0)
        problems.push({ path, line, message: `circle: ${[...trail.slice(start), to].join(" → ")}` });
      else if (!done.has(to)) visit(to, [...trail, to]);
    }
    done.add(path);
  };
  for (const path of imports.keys()) if (!done.has(path)) visit(path, [path]);
  return problems;
}

/** Each folder of services may import those before it, and any file of services itself. */
const serviceFolders = [
  ...["wire", "secrets", "ssh", "session", "nodes", "watch", "actions", "discovery", "throwaway"],
];

/** services: wire ← secrets ← ssh ← session ← nodes ← watch ← actions. */
export function serviceLayers({ path, text }: SourceFile): Problem[] {
  const own = folderOfServices(path);
  if (own === null) return [];
  return relativeImports({ path, text })
    .filter(({ to }) => {
      const other = folderOfServices(to);
      return other !== null && serviceFolders.indexOf(other) > serviceFolders.indexOf(own);
    })
    .map(({ to, line }) => ({ path, line, message: `services/${own} must not import ${to}` }));
}

/** `wire` of `src/services/wire/dial.ts`, and of a folder in it; an empty string for a file of services itself; null elsewhere. */
function folderOfServices(path: string): string | null {
  const match = /^src\/services\/(?:([^/]+)\/)?/.exec(path);
  return match ? (match[1] ?? "") : null;
}
