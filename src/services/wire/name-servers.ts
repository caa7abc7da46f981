import { isIP } from "node:net";
import { dns } from "bun";

/**
 * Resolves once the name servers have said something of a host, be it that there is none, and never while they are
 * silent: whoever waits has a deadline. Null where none is asked.
 *
 * The system's resolver works in threads of the runtime, one for each processor, which reading files needs as well. It
 * waits ten seconds in one for a name server that does not answer: the names of two dead zones would hold up every node,
 * and the config file. c-ares needs no thread. The address is the system's all the same, which knows more than DNS.
 */
export function nameServersHeard(host: string): Promise<void> | null {
  // The system's resolver of macOS needs no thread.
  if (process.platform !== "linux" || isIP(host) !== 0) return null;
  const heard = dns.lookup(host, { backend: "c-ares" });
  return heard.then(
    () => {},
    (cause: unknown) => (isSilence(cause) ? new Promise(() => {}) : undefined),
  );
}

const isSilence = (cause: unknown) =>
  cause instanceof Error && "code" in cause && cause.code === "DNS_ETIMEOUT";
