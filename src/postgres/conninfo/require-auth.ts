/** How a server can have a client authenticate, as libpq names it in `require_auth`. */
export const authMethods = ["none", "password", "md5", "scram-sha-256", "gss", "sspi", "oauth"] as const;
export type AuthMethod = (typeof authMethods)[number];

/** Which of them a server may use. `none` is a server that asks nothing: trust, peer or cert. */
export type RequireAuth = { readonly text: string; readonly allowed: readonly AuthMethod[] };

/**
 * Reads libpq's `require_auth` (libpq, "Parameter Key Words"): methods that alone are allowed, or with `!` before
 * each of them those that are not. Without a right meaning it is what is wrong, without a word of the text.
 */
export function parseRequireAuth(text: string): RequireAuth | { readonly found: string } {
  const parts = text.split(",");
  const negative = text.startsWith("!");
  if (parts.some((part) => part.startsWith("!") !== negative)) return { found: "methods with and without !" };
  const named = parts.map((part) => (negative ? part.slice(1) : part));
  if (!named.every(isAuthMethod)) return { found: "a method that libpq does not know" };
  if (new Set(named).size < named.length) return { found: "a method twice" };
  return { text, allowed: negative ? authMethods.filter((method) => !named.includes(method)) : named };
}

function isAuthMethod(text: string): text is AuthMethod {
  return authMethods.some((method) => method === text);
}
