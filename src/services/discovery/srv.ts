import { Resolver } from "node:dns/promises";
import { plainAnswer } from "../../discovery/members.ts";
import { membersIn } from "../../discovery/srv.ts";
import { withDeadline } from "../schedule.ts";
import type { Source } from "./source.ts";

/** Looks the SRV records of a name up: at the name servers of the system, or at those that are given. */
export function srvSource(nameServers: readonly string[] | null): Source<"srv"> {
  return async ({ name, deadlineMs }, stop) => {
    // One that is made anew knows the name servers of now. A silent one leaves time for the next.
    const resolver = new Resolver({ timeout: Math.ceil(deadlineMs / 4), tries: 2 });
    const end = () => resolver.cancel();
    stop.addEventListener("abort", end, { once: true });
    try {
      if (nameServers) resolver.setServers(nameServers);
      const records = await withDeadline(resolver.resolveSrv(name), deadlineMs, () => new Late());
      return plainAnswer("srv", membersIn(records));
    } catch (cause) {
      const why = cause instanceof Late ? `no answer within ${deadlineMs / 1000} s` : wordsOf(cause);
      return { ok: false, why: `${name}: ${why}` };
    } finally {
      stop.removeEventListener("abort", end);
      end();
    }
  };
}

export const srv = srvSource(null);

class Late extends Error {}

/** By the codes of c-ares. */
const words: Readonly<Record<string, string>> = {
  // The runtime does not tell the two from one another.
  ENOTFOUND: "there is no such name, or it has no SRV records",
  ENODATA: "it has no SRV records",
  ETIMEOUT: "no name server answers",
  ECONNREFUSED: "no name server can be reached",
  ESERVFAIL: "the name server could not find out (SERVFAIL)",
  EREFUSED: "the name server refuses to say",
  EBADRESP: "the answer cannot be read",
  EFORMERR: "the name server does not understand the question",
  ENOTIMP: "the name server does not understand the question",
};

function wordsOf(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? String(cause.code).replace(/^DNS_/, "") : "";
  return words[code] ?? (/^[A-Z]{1,40}$/.test(code) ? code : "it cannot be asked");
}
