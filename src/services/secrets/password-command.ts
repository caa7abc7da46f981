import { outputOf } from "../program-output.ts";
import { failed, found, type Lookup } from "./password-lookup.ts";

/** 64 kB is more than any password that a server takes (PostgreSQL: PG_MAX_AUTH_TOKEN_LENGTH, 65535 bytes). */
const bounds = { limitMs: 5000, largestBytes: 65_536, wanted: "first line" } as const;

/**
 * Runs a program that prints a password and takes the first line that it prints. `name` says in errors what the program
 * is. Never rejects.
 */
export async function askCommand(
  name: string,
  argv: readonly string[],
  environment: Record<string, string>,
): Promise<Lookup> {
  const printed = await outputOf(argv, environment, bounds);
  if (!printed.ok) return failed(`${name} ${printed.why}`);
  return printed.text === "" ? failed(`${name} printed nothing`) : found(printed.text);
}
