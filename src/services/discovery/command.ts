import { basename } from "node:path";
import { jsonIn, plainAnswer } from "../../discovery/members.ts";
import type { Outcome } from "../../stats/discovery.ts";
import { outputOf } from "../program-output.ts";
import { childEnvironment } from "../secrets/child-environment.ts";
import { largestAnswerBytes, type Source } from "./source.ts";

/**
 * Runs a program that prints `[{"name": …, "host": …, "port": …}]`. It inherits nothing that a password of a node is in, and
 * nothing that it prints is told.
 */
export const command: Source<"command"> = async ({ argv, hiddenVariables, deadlineMs }, stop) => {
  const environment = childEnvironment(process.env, new Set(hiddenVariables), []);
  const bounds = { limitMs: deadlineMs, largestBytes: largestAnswerBytes, wanted: "all" } as const;
  const printed = await outputOf(argv, environment, bounds, stop);
  const refused = (why: string): Outcome => ({ ok: false, why: `${basename(argv[0] ?? "")} ${why}` });
  if (!printed.ok) return refused(printed.why);
  const members = jsonIn(printed.text);
  if (!Array.isArray(members)) return refused("printed no list in JSON");
  const outcome = plainAnswer("command", members);
  return outcome.ok ? outcome : refused(`printed ${outcome.why}`);
};
