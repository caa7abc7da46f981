import { access } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { localSystem } from "../config/local-system.ts";
import type { SshSettings } from "../config/settings.ts";
import type { Hop, KeySource } from "../ssh/hop.ts";

/** ssh's own order (ssh_config(5), IdentityFile). */
const usualKeys = ["id_ed25519", "id_ecdsa", "id_rsa"];
const usualKnownHosts = [join(homedir(), ".ssh", "known_hosts"), "/etc/ssh/ssh_known_hosts"];

/** The hosts on the way to the bastion, the bastion last. */
export async function sshRoute(ssh: SshSettings): Promise<readonly Hop[]> {
  const { host, port, user, knownHosts } = ssh;
  return [
    {
      host,
      port: port ?? 22,
      user: user ?? localSystem(process.env).user,
      knownAs: host,
      keys: await keySources(ssh),
      knownHosts: knownHosts.length > 0 ? knownHosts : usualKnownHosts,
    },
  ];
}

/** A key that is named goes before the agent's; the usual ones, where they exist, after them. */
async function keySources({ identityFile, agent }: SshSettings): Promise<readonly KeySource[]> {
  const socket = agent ?? process.env["SSH_AUTH_SOCK"];
  const agents: KeySource[] = socket && socket !== "none" ? [{ kind: "agent", socket }] : [];
  if (identityFile !== null) return [{ kind: "file", path: identityFile }, ...agents];
  const paths = usualKeys.map((name) => join(homedir(), ".ssh", name));
  const found = await Promise.all(
    paths.map((path) =>
      access(path).then(
        () => [path],
        () => [],
      ),
    ),
  );
  return [...agents, ...found.flat().map((path): KeySource => ({ kind: "file", path }))];
}
