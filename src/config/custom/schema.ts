import { z } from "zod";
import type { ThresholdUnit } from "../../stats/thresholds.ts";
import {
  bool,
  bytes,
  count,
  decimal,
  epoch,
  lsn,
  percent,
  perSecond,
  pids,
  signedSeconds,
  integer as wholeNumber,
  text as words,
} from "../../views/columns.ts";
import { field, named, section } from "../schema-parts.ts";
import { choice, duration, holdTime, integer, type JsonSchema, type Kind, level, text } from "../values.ts";

/** What a column of the config may hold, by its name there. */
export const columnKinds = {
  text: words,
  integer: wholeNumber,
  count,
  bytes,
  seconds: signedSeconds,
  epoch,
  percent,
  number: decimal,
  per_second: perSecond,
  lsn,
  bool,
  pids,
} as const;

export type ColumnKind = keyof typeof columnKinds;

// Object.keys forgets the type of its keys.
const columnKind = choice(Object.keys(columnKinds) as ColumnKind[], "seconds");

/** Text of a line, that long at most. */
function line(expected: string, example: string, most: number): Kind<string> {
  const kind = text(`${expected} of ${most} characters at most`, example);
  const parse = (given: unknown) => {
    const value = kind.parse(given);
    return value !== undefined && value.length <= most ? value : undefined;
  };
  return { ...kind, parse };
}

/** What is typed behind `:` and on the command line. */
export const ownName: Kind<string> = {
  expected: "a name of lower-case letters, digits and _, 40 at most, that begins with a letter",
  example: "queue_lag",
  shown: /^[\w.-]{1,40}$/,
  parse: (given) => (typeof given === "string" && /^[a-z][a-z0-9_]{0,39}$/.test(given) ? given : undefined),
  print: (name) => name,
  json: { type: "string", pattern: "^[a-z][a-z0-9_]{0,39}$" },
};

const longestStatement = 20_000;

const statement: Kind<string> = {
  expected: `a statement of ${longestStatement} characters at most, or one for each lowest version: { 10: …, 14: … }`,
  example: '"select datname, numbackends from pg_catalog.pg_stat_database"',
  shown: null,
  parse: (given) =>
    typeof given === "string" && given.trim() !== "" && given.length <= longestStatement ? given : undefined,
  print: (value) => value,
  json: { type: "string", minLength: 1 },
};

/** A level as it is written: what it may be follows from what it is of. */
const written: Kind<string | number | boolean | null> = {
  expected: "a level, such as 30s, 1GB, 80% or 5, or off",
  example: "30s",
  shown: /^[\w.%]{1,20}$/,
  parse: (given) =>
    given === null || typeof given === "string" || typeof given === "number" || typeof given === "boolean"
      ? given
      : undefined,
  print: String,
  json: { type: ["string", "number", "boolean", "null"] },
};

/** Names in a list, or one alone. */
function names(expected: string, example: string): Kind<readonly string[]> {
  return {
    expected,
    example,
    shown: null,
    parse: (given) => {
      const list: readonly unknown[] = Array.isArray(given) ? given : [given];
      return list.every((one): one is string => typeof one === "string" && one !== "") ? list : undefined;
    },
    print: (value) => value.join(", "),
    json: { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] },
  };
}

/** A map with known keys, or one word for its first. */
function mapOr<Shape extends z.core.$ZodLooseShape, T>(
  shape: Shape,
  kind: Kind<T>,
  first: (value: T) => object,
) {
  const other: JsonSchema = { ...kind.json, description: kind.expected };
  return z
    .preprocess(
      (given, context) => {
        if (typeof given === "object" && given !== null && !Array.isArray(given)) return given;
        const value = kind.parse(given);
        if (value !== undefined) return first(value);
        context.addIssue({ code: "custom", message: kind.expected, params: { kind } });
        return z.NEVER;
      },
      z.strictObject(shape, { error: () => Object.keys(shape).join(" ") }),
    )
    .register(z.globalRegistry, { otherForm: other });
}

const column = mapOr(
  {
    kind: field(columnKind).unwrap(),
    header: field(line("a heading", "LAG", 30)),
    about: field(line("what it means, in words", "age of the oldest job", 300)),
    width: field(integer(1, 500, 20)),
    priority: field(integer(0, 9, 3)),
    warning: field(written),
    critical: field(written),
  },
  columnKind,
  (kind) => ({ kind }),
);

const sql = z
  .preprocess(
    (given, context) => {
      if (typeof given === "object" && given !== null && !Array.isArray(given)) return given;
      const value = statement.parse(given);
      if (value !== undefined) return { 10: value };
      context.addIssue({ code: "custom", message: statement.expected, params: { kind: statement } });
      return z.NEVER;
    },
    z.record(z.string(), field(statement).unwrap(), { error: () => "" }),
  )
  .register(z.globalRegistry, { otherForm: { ...statement.json, description: statement.expected } });

const minute = 60_000;
const day = 1440 * minute;

const viewFields = {
  title: field(line("a title", "Jobs that wait", 60)),
  about: field(line("what it shows, in words", "queues of the application", 300)),
  sql,
  columns: z
    .record(z.string(), column, { error: () => "" })
    .register(z.globalRegistry, { description: "each column of the answer by its name" }),
  key: field(names("a column, or a list of columns, that tell a row from the others", "[queue]")),
  sort: field(text("a column, with - in front for falling order", '"-lag"')),
  every: field(duration(1000, day), "how often it is asked at most: 1s or more; 15s by default"),
  scope: field(choice(["server", "database"], "server")),
  runs_on: field(choice(["any", "primary", "standby"], "primary")),
  deadline: field(duration(100, 10 * minute)),
};

const view = z.strictObject(viewFields, { error: () => Object.keys(viewFields).join(" ") });

/** What the file says of views of its own. */
export const viewsSchema = named(view);

const conditions = ["above", "below", "is", "is_not"] as const;

const ruleFields = {
  view: field(text("the name of a view", "queue")).unwrap(),
  column: field(text("the name of a column", "behind")).unwrap(),
  when: field(choice(conditions, "above")).unwrap(),
  value: field({ ...written, expected: "what the column is, or is not", example: "failed" }),
  warning: field(written),
  critical: field(written),
  for: field(holdTime),
  message: field(line("words, with {column} for a value", "queue {name} is behind", 300)),
  about: field(line("what is judged, in words", "age of the oldest job", 300)),
  where: field(line("a filter, as behind / on the screen,", "name:mail", 300)),
  nodes: field(names("a node, or a list of nodes", "[db1, db2]")),
  clusters: field(names("a cluster, or a list of clusters", "[orders]")),
};

const rule = z.strictObject(ruleFields, { error: () => Object.keys(ruleFields).join(" ") });

/** What the file says of rules of its own. */
export const rulesSchema = named(rule);

export type WrittenRule = z.output<typeof rule>;

/** The levels of a rule of the file, below any `thresholds`. */
export const levelsSchema = (unit: ThresholdUnit) =>
  section({ warning: field(level(unit)), critical: field(level(unit)), for: field(holdTime) });

export type WrittenView = z.output<typeof view>;
export type WrittenColumn = z.output<typeof column>;
