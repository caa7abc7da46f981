import type { z } from "zod";
import type { Path } from "../file/document.ts";
import { at, keysOf } from "../file/raw-values.ts";
import { unitOfRule } from "./rules.ts";
import { levelsSchema, rulesSchema, viewsSchema, type WrittenRule, type WrittenView } from "./schema.ts";
import { customViews } from "./views.ts";

/** What the file says of views and rules of its own, checked by form; what is wrong of it is left out. */
export type Custom = {
  readonly views: Readonly<Record<string, WrittenView>>;
  /** The names of all views of the file, also of those that are left out. */
  readonly viewNames: readonly string[];
  readonly rules: Readonly<Record<string, WrittenRule>>;
};

/** Levels of a rule of the file, and where below a `thresholds` they stand. */
type Levels = { readonly path: Path; readonly levels: unknown };

type Taken = {
  readonly custom: Custom;
  readonly issues: readonly z.core.$ZodIssue[];
  /** Puts the levels of these rules back into the values that were checked without them. */
  readonly putBack: (values: object) => void;
};

/** Takes `views`, `rules` and the levels of these rules out of the values of a file, and tells what is wrong of them. */
export function takeCustom(values: Record<string, unknown>): Taken {
  const issues: z.core.$ZodIssue[] = [];
  const take = <T>(schema: z.ZodType<T>, name: "views" | "rules") => {
    const written = values[name];
    Reflect.deleteProperty(values, name);
    return checked(schema, written, [name], issues);
  };
  const viewNames = keysOf(values["views"]);
  const custom = {
    viewNames,
    views: take(viewsSchema, "views") ?? {},
    rules: take(rulesSchema, "rules") ?? {},
  };
  const told = { file: { where: () => "", place: () => undefined }, problems: [] };
  const views = customViews(custom.views, told);
  const taken: Levels[] = [];
  for (const holder of holders(values))
    for (const [name, rule] of Object.entries(custom.rules)) {
      const map = at(values, holder);
      if (typeof map !== "object" || map === null || !Object.hasOwn(map, name)) continue;
      const path = [...holder, name];
      const written = at(values, path);
      Reflect.deleteProperty(map, name);
      const unit = unitOfRule(rule, views);
      const levels = unit && checked(levelsSchema(unit), written, path, issues);
      if (levels) taken.push({ path, levels });
    }
  const putBack = (sound: object) => {
    for (const { path, levels } of taken) {
      const map = at(sound, path.slice(0, -1));
      if (typeof map === "object" && map !== null) Reflect.set(map, path.at(-1) ?? "", levels);
    }
  };
  return { custom, issues, putBack };
}

/** Every place where `thresholds` may stand. */
function holders(values: unknown): readonly Path[] {
  const below = (list: string, ...more: string[]): Path[] =>
    keysOf(at(values, [list])).map((name) => [list, name, ...more, "thresholds"]);
  const discovered = below("clusters", "discover", "node");
  return [
    ["thresholds"],
    ["defaults", "thresholds"],
    ...["nodes", "clusters", "groups"].flatMap((list) => below(list)),
    ...discovered,
  ];
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
