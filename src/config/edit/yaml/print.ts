import { isMap, Scalar, stringify } from "yaml";

/** Text that is written in double quotes, needed or not. */
export function quoted(text: string): Scalar<string> {
  const scalar = new Scalar(text);
  scalar.type = Scalar.QUOTE_DOUBLE;
  return scalar;
}

const plain = { lineWidth: 0 } as const;
const flow = { ...plain, collectionStyle: "flow" } as const;

/** A value on one line, as it stands within `{ }` or `[ ]`. */
export function inlineValue(value: unknown): string {
  return stringify([value], { ...flow, flowCollectionPadding: true })
    .trimEnd()
    .slice(1, -1)
    .trim();
}

/** What follows a key's colon in a block map, with the blank or line break before it. `column` is the key's. */
export function blockValue(value: unknown, column: number, step: number, eol: string): string {
  const isList = Array.isArray(value) && value.length > 0;
  if (!isList && !isFilledMap(value)) return ` ${stringify(value, plain).trimEnd()}`;
  const lines = stringify(value, { ...plain, indent: step })
    .trimEnd()
    .split("\n");
  const margin = " ".repeat(column + step);
  return lines.map((line) => (line === "" ? eol : `${eol}${margin}${line}`)).join("");
}

/** A map that is written in lines of its own. */
export function isFilledMap(value: unknown): boolean {
  if (isMap(value)) return value.items.length > 0 && !value.flow;
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Scalar) &&
    Object.keys(value).length > 0
  );
}

/** A key or a scalar in a block map. */
export function blockScalar(value: unknown): string {
  return stringify(value, plain).trimEnd();
}
