import { rules } from "../rules/all.ts";
import type { Rule } from "../rules/rule.ts";
import { nearest } from "../text/nearest.ts";
import { type Problem, printable } from "./error.ts";
import type { Environment } from "./interpolate.ts";
import { nodeOptions, poolOptions, programOptions } from "./options.ts";
import type { Kind } from "./values.ts";

/** The environment variable of an option: its path in capitals, PGPARADE_POOL_MAX for `pool.max`. */
export function variableFor(...path: readonly string[]): string {
  return `PGPARADE_${path.join("_").toUpperCase()}`;
}

/** Reads options from the environment and notes what is wrong. An empty variable counts as not set. */
export class Variables {
  readonly #environment: Environment;
  readonly #problems: Problem[];

  constructor(environment: Environment, problems: Problem[]) {
    this.#environment = environment;
    this.#problems = problems;
  }

  read<T>(kind: Kind<T>, ...path: readonly string[]): T | undefined {
    const where = variableFor(...path);
    const text = this.#environment[where];
    return text ? readText(kind, text, where, this.#problems) : undefined;
  }
}

/** A value that the user gave, as a flag or in a variable; `where` names which. No message quotes a flag's. */
export function readText<T>(kind: Kind<T>, text: string, where: string, problems: Problem[]): T | undefined {
  const value = kind.parse(text);
  if (value !== undefined) return value;
  const isShown = !where.startsWith("--") && kind.shown?.test(text);
  const found = text === "" ? "nothing" : isShown ? printable(text) : "other text";
  problems.push({
    where,
    option: "",
    expected: kind.expected,
    found,
    fix: `For example: ${where}=${kind.example}.`,
  });
  return undefined;
}

/** Every variable of ours. */
export function knownVariables(custom: readonly Rule[] = []): readonly string[] {
  return [
    ...[
      "config",
      "cluster",
      "group",
      "read_only",
      ...Object.keys(programOptions),
      ...Object.keys(nodeOptions),
    ].map((name) => variableFor(name)),
    ...Object.keys(poolOptions).map((name) => variableFor("pool", name)),
    ...[...rules, ...custom].flatMap(({ name }) =>
      ["warning", "critical", "for"].map((level) => variableFor("thresholds", name, level)),
    ),
  ];
}

/** A warning for each variable that looks like a misspelt one of ours. */
export function misspelt(environment: Environment, custom: readonly Rule[] = []): readonly string[] {
  const ours = Object.keys(environment).filter((variable) => variable.startsWith("PGPARADE_"));
  if (ours.length === 0) return [];
  const known = knownVariables(custom);
  return ours.flatMap((variable) => {
    if (known.includes(variable)) return [];
    const meant = nearest(
      variable.slice(9),
      known.map((name) => name.slice(9)),
    );
    return meant === null ? [] : [`${printable(variable)} is not known. Did you mean PGPARADE_${meant}?`];
  });
}
