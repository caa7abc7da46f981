import { access } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { localSystem } from "../../config/resolve/local-system.ts";
import type { SshSettings } from "../../config/settings.ts";
import { toNodeError } from "../../postgres/sqlstate.ts";
import { type ConfigLine, configOf, type HostConfig } from "../../ssh/client-config.ts";
import { type Hop, isSshName, type KeySource } from "../../ssh/hop.ts";
import { type Jump, parseJumps } from "../../ssh/jump.ts";
import { readClientConfig } from "./config-file.ts";
import { TunnelFailure } from "./session.ts";

/** ssh's own order (ssh_config(5), IdentityFile). */
const usualKeys = ["~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa"];
const usualKnownHosts = ["~/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts"];
/** More than anybody goes through; a circle goes on for ever. */
const mostHops = 8;

/**
 * The hosts on the way to the bastion, the bastion last: what `ssh` says itself goes before what its ssh_config says of
 * the same host. Rejects with a {@link TunnelFailure} when that cannot be followed.
 */
export async function sshRoute(ssh: SshSettings): Promise<readonly Hop[]> {
  const home = process.env["HOME"] || homedir();
  const localUser = localSystem(process.env).user;
  const lines = ssh.config === null ? [] : await linesOf(ssh.config, home);
  return new Routing(lines, home, localUser).to(ssh, ssh, 1);
}

async function linesOf(file: string, home: string): Promise<readonly ConfigLine[]> {
  return readClientConfig(file, home).catch((cause: unknown) => {
    throw new TunnelFailure(`${file} cannot be read`, {
      hint: toNodeError(cause).message,
      needsPerson: true,
    });
  });
}

/** What is given for a host besides its name; the key, also none, is the bastion's alone. */
type Given = Partial<Pick<SshSettings, "identityFile" | "agent" | "knownHosts">>;

class Routing {
  readonly #lines: readonly ConfigLine[];
  readonly #home: string;
  readonly #localUser: string;

  constructor(lines: readonly ConfigLine[], home: string, localUser: string) {
    this.#lines = lines;
    this.#home = home;
    this.#localUser = localUser;
  }

  /** The way to a host, over the hosts that its config names. */
  async to(target: Jump, given: Given, depth: number): Promise<readonly Hop[]> {
    const config = configOf(target.host, this.#lines, this.#localUser);
    const last = await this.#hop(target, given, config);
    const [first, ...others] = jumpsOf(target, config);
    if (!first) return [last];
    if (depth === mostHops) throw refusal(`the ProxyJump of ssh ${target.host} leads in a circle`);
    const { agent = null, knownHosts = [] } = given;
    const way = [...(await this.to(first, { agent, knownHosts }, depth + 1))];
    // As with ssh's -J, only the first host's own ProxyJump counts.
    for (const jump of others) {
      const jumpConfig = configOf(jump.host, this.#lines, this.#localUser);
      way.push(await this.#hop(jump, { agent, knownHosts }, jumpConfig));
    }
    return [...way, last];
  }

  async #hop(target: Jump, given: Given, config: HostConfig): Promise<Hop> {
    const value = (keyword: string) => config.get(keyword)?.[0];
    const host = (value("hostname") ?? target.host).replaceAll("%h", target.host).replaceAll("%%", "%");
    if (!isSshName(host)) throw refusal(`ssh ${target.host} has a HostName that is none`);
    const knownAs = value("hostkeyalias") ?? host;
    // It is written into known_hosts.
    if (!isSshName(knownAs)) throw refusal(`ssh ${target.host} has a HostKeyAlias that is none`);
    const port = target.port ?? Number(value("port") ?? 22);
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      throw refusal(`ssh ${target.host} has a Port that is none`);
    const user = target.user ?? value("user") ?? this.#localUser;
    const path = (text: string) => this.#path(text, host, user);
    const named = [
      ...(config.get("userknownhostsfile") ?? []),
      ...(config.get("globalknownhostsfile") ?? []),
    ];
    const isGiven = given.knownHosts && given.knownHosts.length > 0;
    return {
      host,
      port,
      user,
      isBastion: given.identityFile !== undefined,
      knownAs,
      keys: await this.#keys(given, config, path),
      knownHosts: (isGiven ? given.knownHosts : named.length > 0 ? named : usualKnownHosts).map(path),
    };
  }

  /** Keys that are named go before the agent's; the usual ones, where they exist, after them. */
  async #keys(
    given: Given,
    config: HostConfig,
    path: (text: string) => string,
  ): Promise<readonly KeySource[]> {
    const file = (name: string): KeySource => ({ kind: "file", path: path(name) });
    const agent = given.agent ?? config.get("identityagent")?.[0] ?? "SSH_AUTH_SOCK";
    const socket = agent === "SSH_AUTH_SOCK" ? process.env["SSH_AUTH_SOCK"] : path(agent);
    const said = config.get("identityfile")?.filter((name) => name !== "none") ?? [];
    const named = given.identityFile ? [given.identityFile] : said;
    const isLimited = named.length > 0 && config.get("identitiesonly")?.[0]?.toLowerCase() === "yes";
    const only = isLimited ? named.map(path) : null;
    const agents: KeySource[] = socket && socket !== "none" ? [{ kind: "agent", socket, only }] : [];
    // The public half of a key says which of the agent's it is.
    const files = named.filter((name) => !name.endsWith(".pub"));
    if (named.length > 0) return [...files.map(file), ...agents];
    const exists = (name: string) =>
      access(path(name)).then(
        () => [file(name)],
        () => [],
      );
    return [...agents, ...(await Promise.all(usualKeys.map(exists))).flat()];
  }

  /** A file's name with `~`, variables and ssh_config(5)'s TOKENS filled in. */
  #path(text: string, host: string, user: string): string {
    const tokens: Readonly<Record<string, string>> = {
      "%": "%",
      d: this.#home,
      h: host,
      r: user,
      u: this.#localUser,
    };
    const filled = text
      .replace(/\$\{(\w+)\}/g, (_, name: string) => process.env[name] ?? "")
      .replace(/%([%dhru])/g, (_, token: string) => tokens[token] ?? "");
    return filled.startsWith("~/") ? join(this.#home, filled.slice(2)) : filled;
  }
}

/** The hosts to go through, the first one first. A host does not go through itself, whatever `Host *` says. */
function jumpsOf(target: Jump, config: HostConfig): readonly Jump[] {
  const [text] = config.get("proxyjump") ?? [];
  const command = config.get("proxycommand")?.join(" ") ?? "none";
  if (text === undefined && command !== "none")
    throw refusal(
      `ssh ${target.host} has a ProxyCommand, which pgparade does not run; it can follow ProxyJump`,
    );
  const jumps = text === undefined ? [] : parseJumps(text);
  if (jumps === null || !jumps.every(({ host }) => isSshName(host)))
    throw refusal(`ssh ${target.host} has a ProxyJump that names no host`);
  return jumps.some(({ host }) => host === target.host) ? [] : jumps;
}

function refusal(message: string): TunnelFailure {
  return new TunnelFailure(message, {
    hint: "See ssh_config(5); `config: none` reads none.",
    needsPerson: true,
  });
}
