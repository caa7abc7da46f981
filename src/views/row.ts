/** Any view's row, for code that works by column. */
export type Row = Readonly<Record<string, unknown>>;

/** A row with the node that it stands on: what is done with it is done there. Null for a heading above several. */
export type ConcludedRow = Row & { readonly node: string | null };

const sections = ["fleet", "backends", "replication", "storage", "io", "server", "settings", "own"] as const;

/** What a view is about: views of one section stand beside one another on screen. */
export type Section = (typeof sections)[number];
