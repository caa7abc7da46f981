import type { Secret } from "../../text/secret.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Of a shorter password a variable may hold the letters by chance: PATH would be gone. */
const shortest = 6;

/**
 * The environment of a program that we start: ours without libpq's variables (PGPASSWORD among them), without the
 * variables that passwords are read from, and without any that holds a password that we know. Such a program needs
 * its own credentials (AWS_*, VAULT_*), never those of the nodes.
 */
export function childEnvironment(
  environment: Environment,
  passwordVariables: ReadonlySet<string>,
  secrets: readonly Secret[],
): Record<string, string> {
  const known = secrets.map((secret) => secret.reveal()).filter((text) => text !== "");
  const holds = (value: string, text: string) =>
    value === text ||
    (text.length >= shortest && [text, encodeURIComponent(text)].some((form) => value.includes(form)));
  const left = Object.entries(environment).filter(
    ([name, value]) =>
      !name.startsWith("PG") &&
      !passwordVariables.has(name) &&
      !known.some((text) => holds(value ?? "", text)),
  );
  return Object.fromEntries(left.map(([name, value]) => [name, value ?? ""]));
}
