import type { Secret } from "../postgres/secret.ts";

/**
 * What a source of passwords said: a password, or why it has none, in words that hold no secret.
 * `failed` tells a source that did not work from one that works and has nothing for this node.
 */
export type Lookup =
  | { readonly secret: Secret }
  | { readonly secret: null; readonly failed: boolean; readonly why: string };

export function nothing(why: string): Lookup {
  return { secret: null, failed: false, why };
}

export function failed(why: string): Lookup {
  return { secret: null, failed: true, why };
}
