import type { Problem } from "../error.ts";

export type Path = readonly PropertyKey[];

/** How a value was written. */
export type Place = {
  /** The text before variables are filled in; null when the value is not a scalar. */
  readonly source: string | null;
  readonly quoted: boolean;
  /** Whether it holds what came from a variable. */
  readonly filled: boolean;
};

/** A YAML file as plain values without prototypes, with the place of each. */
export type Document = {
  readonly file: string;
  /** The permission bits of the file. */
  readonly mode: number;
  readonly values: unknown;
  readonly problems: readonly Problem[];
  /** `file:line:column` of a value, or of its key; of the nearest part that exists when it is absent. */
  readonly where: (path: Path, part?: "key" | "value") => string;
  readonly place: (path: Path) => Place | undefined;
};

/** What a file would hold: an edit is checked before it is written. */
export type UnsavedFile = { readonly path: string; readonly text: string; readonly mode: number };

export const maxValues = 20_000;
export const maxDepth = 12;
