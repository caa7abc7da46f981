import type { Path } from "./document.ts";

/** What stands at a path of the values as YAML has them; undefined when nothing does. */
export function at(values: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined),
    values,
  );
}

/** The keys of a map; none of anything else. */
export function keysOf(value: unknown): readonly string[] {
  return typeof value === "object" && value !== null ? Object.keys(value) : [];
}

/** Where a file may hold a password or a passphrase as such, whether one is given there or not. */
export function secretPaths(values: unknown): readonly Path[] {
  const entries = (list: string): Path[] => keysOf(at(values, [list])).map((name) => [list, name]);
  const discovered = entries("clusters").map((cluster): Path => [...cluster, "discover", "node"]);
  const nodes: Path[] = [["defaults"], ...entries("nodes"), ...discovered];
  return [
    ...nodes.flatMap((holder) => ["password", "sslpassword"].map((field) => [...holder, field])),
    ...[...nodes, ...entries("clusters")].flatMap((holder) =>
      ["password", "passphrase"].map((field) => [...holder, "ssh", field]),
    ),
  ];
}
