/** Keys of maps, and numbers from 0 in lists, from the root on. */
export type YamlPath = readonly (string | number)[];

/** What a YAML text says, as JSON knows it. */
export type Values = unknown;

type Holder = Record<string, unknown>;

function isHolder(value: unknown): value is Holder {
  return typeof value === "object" && value !== null;
}

export function valueAt(values: Values, path: YamlPath): Values {
  return path.reduce<Values>((value, key) => (isHolder(value) ? value[key] : null), values);
}

/** The values with another at a path, and with the maps on the way. */
export function withValue(values: Values, path: YamlPath, value: unknown): Values {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const holder = isHolder(values) ? values : {};
  return { ...holder, [key]: withValue(holder[key], rest, value) };
}

export function withoutValue(values: Values, path: YamlPath): Values {
  return changed(values, path, (holder, key) =>
    Array.isArray(holder)
      ? holder.toSpliced(Number(key), 1)
      : Object.fromEntries(Object.entries(holder).filter(([name]) => name !== key)),
  );
}

/** The values with another name for a key, or another text for an item of a list. */
export function withName(values: Values, path: YamlPath, name: string): Values {
  return changed(values, path, (holder, key) =>
    Array.isArray(holder)
      ? holder.with(Number(key), name)
      : Object.fromEntries(Object.entries(holder).map(([old, value]) => [old === key ? name : old, value])),
  );
}

/** The values with one more text at the end of the list at a path. */
export function withItem(values: Values, path: YamlPath, text: string): Values {
  const list = valueAt(values, path);
  return withValue(values, path, [...(Array.isArray(list) ? list : []), text]);
}

/** The values with the holder of a path's last key replaced by what `change` makes of it. */
function changed(values: Values, path: YamlPath, change: (holder: Holder, key: string) => Values): Values {
  const [key, ...rest] = path;
  if (key === undefined || !isHolder(values)) return values;
  if (rest.length === 0) return change(values, String(key));
  const inner = changed(values[key], rest, change);
  return Array.isArray(values) ? values.with(Number(key), inner) : { ...values, [key]: inner };
}
