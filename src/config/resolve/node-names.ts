import type { ConninfoParameters } from "../../postgres/conninfo/conninfo.ts";
import { splitHosts } from "../../postgres/conninfo/hosts.ts";

/** The names of an entry's nodes: its own, or `orders-1`, `orders-2` and so on for one with several hosts. */
export function nodeNames(entry: string, hosts: number): readonly string[] {
  return hosts === 1 ? [entry] : Array.from({ length: hosts }, (_, index) => `${entry}-${index + 1}`);
}

/** How many nodes these parameters make; a list that fits no other is one. */
export function hostCount(parameters: ConninfoParameters): number {
  const hosts = splitHosts(parameters);
  return "expected" in hosts ? 1 : hosts.length;
}
