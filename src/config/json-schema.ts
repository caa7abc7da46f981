import { z } from "zod";

/** Where a schema says in which other form its value may be written. */
export const otherForm = "otherForm";
/** Where the schema of a map says of which keys it needs one. */
export const needsOneOf = "needsOneOf";

/**
 * The form of the config file as JSON Schema (draft 2020-12), for editors that complete and check YAML by one. It is
 * more lenient than we are: what a value means, and what a variable holds, is for `config validate`.
 */
export function jsonSchema(schema: z.ZodType): object {
  return z.toJSONSchema(schema, {
    io: "output",
    unrepresentable: "any",
    override: ({ jsonSchema }) => {
      const { [otherForm]: other, [needsOneOf]: keys, ...form } = jsonSchema;
      if (other === undefined && keys === undefined) return;
      for (const keyword of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, keyword);
      const forms = Array.isArray(keys) ? keys.map((key) => ({ ...form, required: [key] })) : [form, other];
      Object.assign(jsonSchema, { anyOf: forms });
    },
  });
}
