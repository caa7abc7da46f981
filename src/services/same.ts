import { Secret } from "../text/secret.ts";

/** Compares settings by value; secrets by their text, since they look like one another from outside. */
export function same(one: unknown, other: unknown): boolean {
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null)
    return Object.is(one, other);
  if (one instanceof Secret || other instanceof Secret)
    return one instanceof Secret && other instanceof Secret && one.reveal() === other.reveal();
  const values = new Map(Object.entries(one));
  const others = Object.entries(other);
  return (
    values.size === others.length &&
    others.every(([key, value]) => values.has(key) && same(values.get(key), value))
  );
}
