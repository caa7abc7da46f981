import type { Path } from "./document.ts";
import { at, keysOf } from "./raw-values.ts";

/** Where a file may hold a password or a passphrase as such, whether one is given there or not. */
export function secretPaths(values: unknown): readonly Path[] {
  const entries = (list: string): Path[] => keysOf(at(values, [list])).map((name) => [list, name]);
  const nodes: Path[] = [["defaults"], ...entries("nodes")];
  return [
    ...nodes.flatMap((holder) => ["password", "sslpassword"].map((field) => [...holder, field])),
    ...[...nodes, ...entries("clusters")].flatMap((holder) =>
      ["password", "passphrase"].map((field) => [...holder, "ssh", field]),
    ),
  ];
}
