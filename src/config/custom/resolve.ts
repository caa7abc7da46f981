import { rules as builtIn } from "../../rules/all.ts";
import type { Rule } from "../../rules/rule.ts";
import type { AskedView } from "../../views/view.ts";
import type { Problem } from "../error.ts";
import type { Document } from "../file/document.ts";
import { customRules } from "./rules.ts";
import type { Custom } from "./taken.ts";
import { customViews } from "./views.ts";

/** The nodes that rules may be limited to: of each cluster, and all; null while they are not known. */
export type RuleNodes = {
  readonly clusters: ReadonlyMap<string, readonly string[]>;
  readonly nodes: readonly string[] | null;
};

/** Views and rules of the file. */
export type Own = {
  readonly views: readonly AskedView[];
  readonly rules: (among: RuleNodes) => readonly Rule[];
};

/** What is made of the views and rules of a file. Its mistakes are added to the problems. */
export function ownOf(custom: Custom, file: Pick<Document, "where" | "place">, problems: Problem[]): Own {
  const told = { file, problems };
  const views = customViews(custom.views, told);
  const known = {
    views,
    viewNames: custom.viewNames,
    ruleNames: builtIn.map(({ name }) => name),
  };
  return { views, rules: (among) => customRules(custom.rules, { ...known, ...among }, told) };
}
