/** One thing wrong with the configuration. Holds no secret: `found` never quotes free text. */
export type Problem = {
  /** `file:line:column`, a flag, or an environment variable. */
  readonly where: string;
  /** The option, such as `nodes.db1.port`; empty when the place says it all. */
  readonly option: string;
  readonly expected: string;
  readonly found: string;
  readonly fix: string;
  /** A connection string that cannot be read, a parameter's value, a service; else an option of ours. */
  readonly kind?: "syntax" | "value" | "service" | undefined;
  /** Where in a connection string of the command line, in UTF-16 units from 0. */
  readonly position?: number | undefined;
};

/** Every problem of the configuration at once; its message has one line for each. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(problemLine).join("\n"));
    this.problems = problems;
  }
}

/** What is wrong, on one line. */
export function problemLine({ where, option, expected, found, fix }: Problem): string {
  const subject = option === "" ? where : `${where}: ${option}`;
  return `${subject}: expected ${expected}, found ${found}. ${fix}`;
}

/** `nodes.db1.port` for a path. A name that looks like a connection string is left out. */
export function optionName(path: readonly PropertyKey[]): string {
  return path.map((key) => (looksLikeString(String(key)) ? "…" : printable(String(key)))).join(".");
}

/** Names of the file in a row, each as {@link optionName} shows it. */
export function nameList(names: readonly string[]): string {
  return names.map((name) => optionName([name])).join(", ");
}

/** Whether a text may be a connection string, which may hold a password, in a place where it does not belong. */
export function looksLikeString(text: string): boolean {
  return /:\/\/|=/.test(text);
}

/** Whether a path is called like a config file: hardly a password in the wrong place. */
export function isConfigName(path: string): boolean {
  return /\.ya?ml$/i.test(path) && !looksLikeString(path);
}

/** On one line, and without what a terminal would act upon. */
export function printable(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return short.replace(/[^\p{L}\p{N}\p{P}\p{S}\p{Zs}]/gu, "?");
}
