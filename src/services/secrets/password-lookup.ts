import { knowSecret } from "../../text/known-secrets.ts";
import { Secret } from "../../text/secret.ts";

/**
 * Why a source has no password, in words that hold no secret.
 * `failed` tells a source that did not work from one that works and has nothing for this node.
 */
export type Absent = { readonly secret: null; readonly failed: boolean; readonly why: string };

/** What a source of passwords said. */
export type Lookup = { readonly secret: Secret } | Absent;

/** A source's answer; from now on no message shows it. */
export function found(text: string): Lookup {
  const secret = new Secret(text);
  knowSecret(secret);
  return { secret };
}

export function nothing(why: string): Absent {
  return { secret: null, failed: false, why };
}

export function failed(why: string): Absent {
  return { secret: null, failed: true, why };
}
