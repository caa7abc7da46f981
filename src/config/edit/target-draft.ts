import type { ConninfoParameters, Keyword } from "../../postgres/conninfo/conninfo.ts";
import { splitHosts } from "../../postgres/conninfo/hosts.ts";
import type { Entry } from "../resolve/nodes.ts";
import type { NodeSettings } from "../settings.ts";
import { draftOfNode, givenSecret, literalParameters, type NodeDraft } from "./draft.ts";

/** What the environment may say of where a TARGET leads. Elsewhere it would lead to another server. */
const whereabouts = ["service", "servicefile", "host", "hostaddr", "port", "dbname", "user"] as const;

/**
 * The draft of a node that a TARGET of the command line gave, to save it: every keyword that the TARGET has, and where
 * the environment leads, without what is default. A host of several is a draft of its own.
 */
export function draftOfTarget(node: NodeSettings, entry: Entry): NodeDraft {
  const { password, sslpassword, ...given } = ownParameters(node.name, entry);
  return {
    ...draftOfNode(node),
    parameters: literalParameters(given),
    password: givenSecret(password),
    keyPassphrase: givenSecret(sslpassword),
  };
}

function ownParameters(name: string, { own, given, servers }: Entry): ConninfoParameters {
  const giver = (keyword: Keyword) => given.where(keyword).giver;
  const led = whereabouts.flatMap((keyword) => {
    const text = given.parameters[keyword];
    return text !== undefined && giver(keyword) === "env" ? [[keyword, text] as const] : [];
  });
  const all = { ...Object.fromEntries(led), ...own.parameters };
  const split = splitHosts(given.parameters);
  if (servers.size === 1 || "expected" in split) return all;
  const { host: _, hostaddr: __, port: ___, ...others } = all;
  const { host, hostaddr, port } = split[[...servers.keys()].indexOf(name)] ?? {};
  return {
    ...(host && { host }),
    ...(hostaddr && { hostaddr }),
    ...(port && giver("port") !== "config" && { port }),
    ...others,
  };
}
