/** Any view's row, for code that works by column. */
export type Row = Readonly<Record<string, unknown>>;

/** A row with the node that it stands on: what is done with it is done there. Null for a heading above several. */
export type ConcludedRow = Row & { readonly node: string | null };

const sections = [
  "fleet",
  "backends",
  "replication",
  "storage",
  "maintenance",
  "statements",
  "io",
  "server",
  "settings",
  "own",
] as const;

/** What a view is about: views of one section stand beside one another on screen. */
export type Section = (typeof sections)[number];

/** A column of long texts: each is asked for once, by a statement of its own. */
export type Texts = {
  readonly column: string;
  /** What a text is known by; null for a row that has none. */
  readonly idOf: (row: Row) => string | null;
  /** The column of the SQLSTATE with which the server refused to give a row's text; null where it did not. */
  readonly refused: string;
  /** Gives `id` and the text, in the form that decodeStatement() reads, of the ids in $1. */
  readonly sql: string;
};
