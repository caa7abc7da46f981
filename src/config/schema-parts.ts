import { z } from "zod";
import type { Option } from "./options.ts";
import type { JsonSchema, Kind } from "./values.ts";

// A file is checked once or twice: compiling the checks first takes longer.
z.config({ jitless: true });

/** Where a schema says in which other form its value may be written. */
const otherForm = "otherForm";
/** Where the schema of a map says of which keys it needs one. */
export const needsOneOf = "needsOneOf";

/** One value. A wrong one becomes a custom issue that carries its kind, which also describes it to an editor. */
export function field<T>(kind: Kind<T>, about = kind.expected) {
  return z
    .unknown()
    .transform((given, context): T => {
      const value = kind.parse(given);
      if (value !== undefined) return value;
      context.addIssue({ code: "custom", message: kind.expected, params: { kind } });
      return z.NEVER;
    })
    .register(z.globalRegistry, { ...kind.json, description: about })
    .optional();
}

/** A value with a default. */
export function option<T>({ kind, title, stated }: Option<T>) {
  return field(kind, `${title}: ${kind.expected}; ${stated} by default`);
}

/** Another form that an editor has to know besides the one that zod sees. */
export function or(other: JsonSchema) {
  return { [otherForm]: other };
}

/** A map with known keys. The message of its issues is the list of them, for the suggestion. */
export function section<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const map = z.strictObject(shape, { error: () => Object.keys(shape).join(" ") });
  return z
    .preprocess((given) => given ?? {}, map)
    .register(z.globalRegistry, or({ type: "null" }))
    .optional();
}

export function named<Entry extends z.ZodType>(entry: Entry) {
  return z
    .preprocess((given) => given ?? {}, z.record(z.string(), entry, { error: () => "" }))
    .register(z.globalRegistry, or({ type: "null" }))
    .optional();
}

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
