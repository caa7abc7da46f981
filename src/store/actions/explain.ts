import type { NodeError } from "../../postgres/node-error.ts";

/** Where the text of a statement comes from: it is asked for there, where a row shows its beginning. */
export type TextSource =
  | { readonly kind: "session"; readonly pid: number; readonly backendStart: string }
  | {
      readonly kind: "statement";
      readonly queryid: string;
      readonly dbid: number;
      readonly userid: number;
    }
  /** One of many sessions that had this text: it is whole, unless the server cut it. */
  | { readonly kind: "sample" };

/** A statement to be planned, as a row shows it. */
export type Explainable = {
  readonly node: string;
  readonly database: string;
  /** The role that runs it; null where that is not known. */
  readonly role: string | null;
  readonly text: string;
  /** The text may be only the beginning otherwise. */
  readonly isWhole: boolean;
  /** Null where the text need not be asked for. */
  readonly source: TextSource | null;
};

/** Whose rights EXPLAIN has. */
export type Planner = { readonly role: string; readonly isSuperuser: boolean };

/** From where its search_path came. */
export type SettingOrigin = "role-in-database" | "role" | "database" | "all" | "default";

export type ExplainResult =
  /** A user has to allow it: code of others would run with our rights. */
  | { readonly kind: "asks"; readonly planner: Planner }
  | {
      readonly kind: "plan";
      readonly planner: Planner;
      readonly lines: readonly string[];
      readonly isGeneric: boolean;
      readonly schemas: readonly string[];
      readonly pathFrom: SettingOrigin;
    }
  /** Nothing was planned. */
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "failed"; readonly error: NodeError };

/** What became of it, with the text that it was about: the whole one, where it could be had. */
export type Explained = { readonly asked: Explainable; readonly result: ExplainResult };

/** A plan that was asked for: the place on screen has its number. */
export type PlanEntry = {
  readonly id: number;
  readonly asked: Explainable;
  /** Null while the server plans. */
  readonly result: ExplainResult | null;
  /** What the user allowed; null for nothing. */
  readonly allowed: Planner | null;
};
