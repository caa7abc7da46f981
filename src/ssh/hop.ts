/** One host on the way to a node, and how we log in there. */
export type Hop = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** The last one: what `ssh` says of a password is for this host alone. */
  readonly isBastion: boolean;
  /** The name it has in known_hosts: `host` or its HostKeyAlias. */
  readonly knownAs: string;
  /** In the order they are tried; the password comes after them. */
  readonly keys: readonly KeySource[];
  /** What ssh_config names as certificates, which we cannot show. */
  readonly certificates: readonly string[];
  /** Keys of hosts are learnt into the first. */
  readonly knownHosts: readonly string[];
  /** The file of keys that no host may show (ssh_config(5), RevokedHostKeys). */
  readonly revokedKeys: string | null;
};

/** A private key's file, or the socket of an agent that holds some; all of them, or only those of these files. */
export type KeySource =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "agent"; readonly socket: string; readonly only: readonly string[] | null };

/** As in commands: `bastion`, or `bastion:2222` at another port than the usual one. */
export function hopName({ host, port }: Pick<Hop, "host" | "port">): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return port === 22 ? name : `${name}:${port}`;
}

/** True for a host's name or address that neither a program nor a shell could take for anything else. */
export function isSshName(text: string): boolean {
  return /^[\p{L}\d_:][\p{L}\d_.:%-]*$/u.test(text);
}
