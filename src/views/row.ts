/** Any view's row, for code that works by column. */
export type Row = Readonly<Record<string, unknown>>;

/** A row with the node that it stands on: what is done with it is done there. Null for a heading above several. */
export type ConcludedRow = Row & { readonly node: string | null };
