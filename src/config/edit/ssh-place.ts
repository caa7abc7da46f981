import { isSshName } from "../../ssh/hop.ts";
import { interpolate } from "../interpolate.ts";
import { sshFields } from "../resolve/ssh.ts";

/** Where an ssh host is; what is not said is for ssh_config to say. */
export type SshPlace = { readonly host: string; readonly user: string | null; readonly port: number | null };

/**
 * Reads `[user@]host[:port]`, as one types it for ssh, with an IPv6 address in brackets when a port follows; what holds
 * a variable is a host. Null for anything else.
 */
export function parseSshPlace(text: string): SshPlace | null {
  if (interpolate(text, {}).filled) return { host: text, user: null, port: null };
  const [, user, rest = ""] = /^(?:([^@]*)@)?([^@]*)$/.exec(text) ?? [];
  const [, inBrackets, name, digits] = /^(?:\[([^[\]]+)\]|([^:[\]]+))(?::(\d+))?$/.exec(rest) ?? [];
  // An address without a port needs no brackets.
  const host = inBrackets ?? name ?? (/:.*:/.test(rest) ? rest : "");
  const port = digits === undefined ? null : sshFields.port.parse(Number(digits));
  const isUser = user === undefined || sshFields.user.parse(user) !== undefined;
  if (!isSshName(host) || port === undefined || !isUser) return null;
  return { host, user: user ?? null, port };
}

/** The way back. */
export function printSshPlace({ host, user, port }: SshPlace): string {
  const bracketed = port !== null && host.includes(":") ? `[${host}]` : host;
  return `${user === null ? "" : `${user}@`}${bracketed}${port === null ? "" : `:${port}`}`;
}
