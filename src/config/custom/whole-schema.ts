import { schema } from "../schema.ts";
import { rulesSchema, viewsSchema } from "./schema.ts";

/** The config file with all that it may hold, for editors. */
export const wholeSchema = schema.extend({ views: viewsSchema, rules: rulesSchema });
