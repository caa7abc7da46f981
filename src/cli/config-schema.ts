import { jsonSchema } from "../config/json-schema.ts";
import { schema } from "../config/schema.ts";
import { print, toJson } from "./output.ts";

/** Prints the form of the config file as JSON Schema. */
export async function configSchema(): Promise<number> {
  const title = { title: "pgparade's config file" };
  await print(`${toJson({ ...title, ...jsonSchema(schema) })}\n`);
  return 0;
}
