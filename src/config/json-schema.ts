import { z } from "zod";

/** Where a schema says in which other form its value may be written. */
export const otherForm = "otherForm";

/**
 * The form of the config file as JSON Schema (draft 2020-12), for editors that complete and check YAML by one. It is
 * more lenient than we are: what a value means, and what a variable holds, is for `config validate`.
 */
export function jsonSchema(schema: z.ZodType): object {
  return z.toJSONSchema(schema, {
    io: "output",
    unrepresentable: "any",
    override: ({ jsonSchema }) => {
      const { [otherForm]: other, ...form } = jsonSchema;
      if (other === undefined) return;
      for (const keyword of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, keyword);
      Object.assign(jsonSchema, { anyOf: [form, other] });
    },
  });
}
