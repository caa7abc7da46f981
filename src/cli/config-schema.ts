import { wholeSchema } from "../config/custom/whole-schema.ts";
import { jsonSchema } from "../config/schema-parts.ts";
import { print, toJson } from "./output.ts";

/** Prints the form of the config file as JSON Schema. */
export async function configSchema(): Promise<number> {
  const title = { title: "pgparade's config file" };
  await print(`${toJson({ ...title, ...jsonSchema(wholeSchema) })}\n`);
  return 0;
}
