/** A host as ProxyJump names it. */
export type Jump = { readonly host: string; readonly port: number | null; readonly user: string | null };

/** The hosts of a ProxyJump, the first to go through first; null when it is none of `[user@]host[:port]`, a comma between. */
export function parseJumps(text: string): readonly Jump[] | null {
  if (text.toLowerCase() === "none") return [];
  const jumps = text.split(",").map(parseJump);
  return jumps.every((jump) => jump !== null) ? jumps : null;
}

function parseJump(text: string): Jump | null {
  const [, user = null, bracketed, name = bracketed ?? "", port = null] =
    /^(?:ssh:\/\/)?(?:(.+)@)?(?:\[([^\]]+)\]|([^[\]:@/]+))(?::(\d+))?\/?$/.exec(text.trim()) ?? [];
  if (name === "") return null;
  return { host: name, port: port === null ? null : Number(port), user };
}
