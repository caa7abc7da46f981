export type Environment = Readonly<Record<string, string | undefined>>;

export type Interpolated = {
  readonly text: string;
  /** Whether any variable was used: then `text` may hold a secret and is not for printing. */
  readonly filled: boolean;
  /** Variables that are not set and have no default. */
  readonly missing: readonly string[];
  /** Whether a `${` is not the start of a variable. */
  readonly malformed: boolean;
};

/** A variable with or without a default, or a `${` that is none. */
export const references = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{/g;

/**
 * Fills in `${VAR}` and `${VAR:-default}` (the default also stands for an empty variable, as in sh) in one pass:
 * what a variable holds is never looked at again. `$${` is a plain `${`.
 * @param place where given, what to put down instead of each value
 */
export function interpolate(
  text: string,
  environment: Environment,
  place: (value: string) => string = (value) => value,
): Interpolated {
  if (!text.includes("${")) return { text, filled: false, missing: [], malformed: false };
  const missing: string[] = [];
  let filled = false;
  let malformed = false;
  const result = text.replace(references, (all: string, name?: string, otherwise?: string) => {
    if (all === "$${") return "${";
    if (name === undefined) {
      malformed = true;
      return all;
    }
    filled = true;
    const set = Object.hasOwn(environment, name) ? environment[name] : undefined;
    const value = otherwise === undefined ? set : set || otherwise;
    if (value === undefined) missing.push(name);
    return place(value ?? "");
  });
  return { text: result, filled, missing, malformed };
}

/** Whether the text is one variable and nothing else. */
export function isOneVariable(text: string): boolean {
  return /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/.test(text);
}
