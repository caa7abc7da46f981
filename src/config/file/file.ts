import type { z } from "zod";
import { type FileRead, isAbsent, type Unreadable } from "../../files/plain-file.ts";
import { nearest } from "../../text/nearest.ts";
import type { Custom } from "../custom/taken.ts";
import { isConfigName, looksLikeString, optionName, type Problem, printable } from "../error.ts";
import { type Environment, isOneVariable } from "../interpolate.ts";
import { connectionFields } from "../options.ts";
import { sshFields } from "../resolve/ssh.ts";
import { type FileValues, schema } from "../schema.ts";
import type { Kind } from "../values.ts";
import type { Document, Path, UnsavedFile } from "./document.ts";
import { at, keysOf, secretPaths } from "./raw-values.ts";
import { readDocument } from "./read-document.ts";

/** A config file: its values, and how to point at them. What is wrong is left out of the values. */
export type ConfigFile = {
  readonly values: FileValues;
  /** Views and rules of its own; null where it has none. */
  readonly custom: Custom | null;
  /** Every node's name, also of those left out. */
  readonly nodeNames: readonly string[];
  readonly problems: readonly Problem[];
  readonly mode: number;
  readonly where: Document["where"];
  readonly place: Document["place"];
};

/** Checks a file by itself, as it was read or as it would be. Never throws for what is in it. */
export function readConfigFile(
  file: string,
  environment: Environment,
  source: FileRead | UnsavedFile,
): ConfigFile {
  if ("ok" in source && !source.ok)
    return {
      values: {},
      custom: null,
      nodeNames: [],
      problems: [unreadProblem(file, source)],
      mode: 0,
      where: () => file,
      place: () => undefined,
    };
  const bytes = "ok" in source ? source.bytes : Buffer.from(source.text);
  const read = readDocument(file, { bytes, mode: source.mode }, environment);
  const { mode, where, place } = read;
  const nodeNames = keysOf(at(read.values, ["nodes"]));
  // What is told of a value is read before they are taken out.
  const taken = customIn(read);
  const checked = schema.safeParse(read.values);
  const problems = [...read.problems, ...unquotedPasswords(read)];
  const issues = [...(checked.error?.issues ?? []), ...(taken?.issues ?? [])];
  if (issues.length > 0)
    // A value whose variable is missing was told already.
    for (const issue of issues)
      for (const problem of explain(issue, { ...read, values: taken?.before ?? read.values }))
        if (!problems.some((earlier) => earlier.where === problem.where)) problems.push(problem);
  const values = checked.success ? checked.data : soundPart(read.values, checked.error.issues);
  taken?.putBack(values);
  return { values, custom: taken?.custom ?? null, nodeNames, problems, mode, where, place };
}

/** What is taken out of the values: most files have none of it, and what checks it is loaded only for one that has. */
function customIn({ values }: Document) {
  if (typeof values !== "object" || values === null) return null;
  if (at(values, ["views"]) === undefined && at(values, ["rules"]) === undefined) return null;
  const { takeCustom }: typeof import("../custom/taken.ts") = require("../custom/taken.ts");
  const before: unknown = structuredClone(values);
  // The reader made the map, which has text for keys.
  return { ...takeCustom(values as Record<string, unknown>), before };
}

/** The values without those that have issues, so that the rest is checked too and all is told at once. */
function soundPart(values: unknown, issues: readonly z.core.$ZodIssue[]): FileValues {
  for (const issue of issues) {
    const paths =
      issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    for (const path of paths) if (!remove(values, path)) return {};
  }
  const checked = schema.safeParse(values);
  return checked.success ? checked.data : soundPart(values, checked.error.issues);
}

/** Removes a value, or what holds it when it is absent or in a list. False when nothing is left to remove. */
function remove(values: unknown, path: Path): boolean {
  const last = path.at(-1);
  if (last === undefined) return false;
  const holder = at(values, path.slice(0, -1));
  if (typeof holder !== "object" || holder === null || Array.isArray(holder) || !Object.hasOwn(holder, last))
    return remove(values, path.slice(0, -1));
  return Reflect.deleteProperty(holder, last);
}

function unreadProblem(file: string, unread: Unreadable): Problem {
  const fix = "`pgparade config path` names it; --config or PGPARADE_CONFIG name another.";
  // What names no file, and is not called like one of ours, may be a password in the wrong place.
  const isFile = !isAbsent(unread) || isConfigName(file);
  const where = isFile && !looksLikeString(file) ? file : "the config file";
  return { where, option: "", expected: "a config file that can be read", found: unread.found, fix };
}

const secretKinds: Readonly<Record<string, Kind<string>>> = {
  sslpassword: connectionFields.sslpassword,
  passphrase: sshFields.passphrase,
};

/** YAML cuts `ab #cd` short and reads `0123` as a number; in quotes a password is what it looks like. */
function unquotedPasswords({ values, place, where }: Document): readonly Problem[] {
  return secretPaths(values).flatMap((path) => {
    const { source, quoted } = place(path) ?? {};
    if (!source || quoted || isOneVariable(source)) return [];
    const field = String(path.at(-1));
    const { expected, example } = secretKinds[field] ?? connectionFields.password;
    const fix = `For example: ${field}: ${example}.`;
    return [problem(where(path), path, expected, "one without quotes", fix)];
  });
}

function explain(issue: z.core.$ZodIssue, { values, where, place }: Document): readonly Problem[] {
  const { path } = issue;
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => {
      const known = [...issue.message.split(" "), ...(path.length === 0 ? ["views", "rules"] : [])];
      const meant = nearest(key, known);
      const fix = meant === null ? `Known here: ${known.join(", ")}.` : `Did you mean ${meant}?`;
      return problem(where([...path, key], "key"), path, "a known option", optionName([key]), fix);
    });
  const value = at(values, path);
  const kind = issue.code === "custom" ? kindOf(issue.params) : null;
  if (kind !== null) {
    const found = describe(value, place(path)?.filled ? null : kind.shown);
    const last = path.at(-1);
    const example = typeof last === "string" ? `${last}: ${kind.example}` : kind.example;
    return [problem(where(path), path, kind.expected, found, `For example: ${example}.`)];
  }
  const list = issue.code === "invalid_type" && issue.expected === "array";
  const [things, example] =
    path.at(-1) === "patroni"
      ? ["addresses", "patroni: [http://db1:8008]"]
      : ["node names", "nodes: [db1, db2]"];
  const expected = list ? `a list of ${things}` : "a map of options";
  const fix = list ? `For example: ${example}.` : "Write indented lines of the form key: value below it.";
  return [problem(where(path), path, expected, describe(value, null), fix)];
}

function problem(where: string, path: Path, expected: string, found: string, fix: string): Problem {
  return { where, option: optionName(path), expected, found, fix };
}

function kindOf(params: Record<string, unknown> | undefined): Kind<unknown> | null {
  // Only field() in schema.ts makes custom issues.
  return (params?.["kind"] as Kind<unknown> | undefined) ?? null;
}

function describe(value: unknown, shown: RegExp | null): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  if (value === "") return "empty text";
  if (shown?.test(String(value))) return printable(String(value));
  return typeof value === "string" ? "other text" : `a ${typeof value} without quotes`;
}
