import type { Path } from "./document.ts";

/** What stands at a path of the values as YAML has them; undefined when nothing does. */
export function at(values: unknown, path: Path): unknown {
  let value = values;
  for (const key of path)
    value =
      typeof value === "object" && value !== null && Object.hasOwn(value, key)
        ? Reflect.get(value, key)
        : undefined;
  return value;
}

/** The keys of a map; none of anything else. */
export function keysOf(value: unknown): readonly string[] {
  return typeof value === "object" && value !== null ? Object.keys(value) : [];
}

/** Where a file gives a password or a passphrase as such. */
export function secretPaths(values: unknown): readonly Path[] {
  const entries = (list: string): Path[] => keysOf(at(values, [list])).map((name) => [list, name]);
  const discovered = entries("clusters").map((cluster): Path => [...cluster, "discover", "node"]);
  const nodes: Path[] = [["defaults"], ...entries("nodes"), ...discovered];
  const logins = entries("clusters").map((cluster): Path => [...cluster, "discover"]);
  const given = (holder: Path, ...secrets: string[]) =>
    keysOf(at(values, holder)).flatMap((key) => (secrets.includes(key) ? [[...holder, key]] : []));
  return [
    ...nodes.flatMap((holder) => given(holder, "password", "sslpassword")),
    ...logins.flatMap((holder) => given(holder, "password")),
    ...[...nodes, ...entries("clusters")].flatMap((holder) =>
      given([...holder, "ssh"], "password", "passphrase"),
    ),
  ];
}
