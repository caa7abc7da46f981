import type { z } from "zod";
import type { Path } from "../file/document.ts";
import { viewsSchema, type WrittenView } from "./schema.ts";

/** What the file says of views of its own, checked by form; what is wrong of it is left out. */
export type Custom = { readonly views: Readonly<Record<string, WrittenView>> };

/** Takes `views` out of the values of a file, and tells what is wrong of it, each with its path in the file. */
export function takeCustom(values: Record<string, unknown>): {
  readonly custom: Custom;
  readonly issues: readonly z.core.$ZodIssue[];
} {
  const issues: z.core.$ZodIssue[] = [];
  const { views: written } = values;
  Reflect.deleteProperty(values, "views");
  const views = checked(viewsSchema, written, ["views"], issues);
  return { custom: { views: views ?? {} }, issues };
}

/** Each entry of a map is checked by itself, so that one mistake hides no other. */
function checked<T>(
  schema: z.ZodType<T>,
  written: unknown,
  path: Path,
  issues: z.core.$ZodIssue[],
): T | undefined {
  const whole = schema.safeParse(written);
  if (whole.success) return whole.data;
  for (const issue of whole.error.issues) issues.push({ ...issue, path: [...path, ...issue.path] });
  const wrong = new Set(whole.error.issues.map(({ path: [entry] }) => entry));
  if (typeof written !== "object" || written === null || wrong.has(undefined)) return undefined;
  const sound = schema.safeParse(
    Object.fromEntries(Object.entries(written).filter(([name]) => !wrong.has(name))),
  );
  return sound.success ? sound.data : undefined;
}
