import { keyOf, type Row, type View } from "./view.ts";

/** Which row, for good: a line is known by it while rows move, and an action is meant for it. */
export type RowId = {
  /** Empty for a heading, which is on no node. */
  readonly node: string;
  readonly view: string;
  /** The {@link keyOf} of the row. */
  readonly key: string;
};

/** Stands in no name and no value of a row. */
const separator = "\u0000\u0000";

/** The id of a row of a view on a node. */
export function rowId(node: string, view: View, row: Row): RowId {
  return { node, view: view.name, key: keyOf(view, row) };
}

/** The id as a key of lines and marks. */
export function idText({ node, view, key }: RowId): string {
  return [node, view, key].join(separator);
}

/** The key of a node's line in the view of the fleet. */
export const nodeLine = (node: string): string => idText({ node, view: "fleet", key: `node\u0000${node}` });

/** Null for text that {@link idText} did not make. */
export function parseRowId(text: string): RowId | null {
  const [node, view, ...key] = text.split(separator);
  if (node === undefined || view === undefined || key.length === 0) return null;
  return { node, view, key: key.join(separator) };
}

/** Cells that a column may take that stays in sight while others are scrolled sideways. */
const mostOfKey = 40;

/** What is drawn of an OID in a key: a trigger or a constraint has its name in a table. */
const nameOf: Readonly<Record<string, string>> = {
  ...{ datid: "datname", dbid: "datname", userid: "usename", relid: "relname", conoid: "relname" },
};

/** Whether a row is known by this column: it stays where a wide table is scrolled sideways. */
export function isKeyColumn(view: Pick<View, "rowName" | "rowKey" | "columns">, name: string): boolean {
  const column = view.columns[name];
  if (!column || column.kind === "query" || (column.maxWidth ?? 0) > mostOfKey) return false;
  const { rowName, rowKey } = view;
  // Two tables of one name are told apart by their schemas, of which no key of OIDs tells.
  const isPart = rowKey.includes(name) || rowKey.some((key) => nameOf[key] === name) || name === "schemaname";
  return column.growsFrom === undefined && (rowName === name || isPart);
}
