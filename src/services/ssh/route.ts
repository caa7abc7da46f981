import { access } from "node:fs/promises";
import { homedir, hostname } from "node:os";
import { join } from "node:path";
import { localSystem } from "../../config/resolve/local-system.ts";
import type { SshSettings } from "../../config/settings.ts";
import { toNodeError } from "../../postgres/sqlstate.ts";
import { type ConfigLine, configOf, type HostConfig } from "../../ssh/client-config.ts";
import { type Hop, isSshName, type KeySource } from "../../ssh/hop.ts";
import { type Jump, parseJumps } from "../../ssh/jump.ts";
import {
  type ConnectionFacts,
  expandTokens,
  fileTokens,
  type LocalFacts,
  proxyTokens,
  type Tokens,
} from "../../ssh/tokens.ts";
import { readClientConfig } from "./config-file.ts";
import { TunnelFailure } from "./session.ts";

/** ssh's own order (ssh_config(5), IdentityFile). */
const usualKeys = ["~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa"];
const usualKnownHosts = {
  userknownhostsfile: ["~/.ssh/known_hosts", "~/.ssh/known_hosts2"],
  globalknownhostsfile: ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"],
} as const;
/** More than anybody goes through; a circle goes on for ever. */
const mostHops = 8;

/**
 * The hosts on the way to the bastion, the bastion last: what `ssh` says itself goes before what its ssh_config says of
 * the same host. Rejects with a {@link TunnelFailure} when that cannot be followed.
 */
export async function sshRoute(ssh: SshSettings): Promise<readonly Hop[]> {
  const local: LocalFacts = {
    home: process.env["HOME"] || homedir(),
    localUser: localSystem(process.env).user,
    localUserId: process.getuid?.() ?? 0,
    localHost: hostname(),
  };
  const lines = ssh.config === null ? [] : await linesOf(ssh.config, local);
  return new Routing(lines, local).to(ssh, ssh, 1);
}

async function linesOf(file: string, local: LocalFacts): Promise<readonly ConfigLine[]> {
  return readClientConfig(file, local).catch((cause: unknown) => {
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
  readonly #local: LocalFacts;

  constructor(lines: readonly ConfigLine[], local: LocalFacts) {
    this.#lines = lines;
    this.#local = local;
  }

  /** The way to a host, over the hosts that its config names. */
  async to(target: Jump, given: Given, depth: number): Promise<readonly Hop[]> {
    const config = configOf(target.host, this.#lines, this.#local.localUser);
    const last = await this.#hop(target, given, config);
    const [first, ...others] = jumpsOf(target, config, last);
    if (!first) return [last];
    if (depth === mostHops) throw refusal(`the ProxyJump of ssh ${target.host} leads in a circle`);
    const { agent = null, knownHosts = [] } = given;
    const way = [...(await this.to(first, { agent, knownHosts }, depth + 1))];
    // As with ssh's -J, only the first host's own ProxyJump counts.
    for (const jump of others) {
      const jumpConfig = configOf(jump.host, this.#lines, this.#local.localUser);
      way.push(await this.#hop(jump, { agent, knownHosts }, jumpConfig));
    }
    return [...way, last];
  }

  async #hop(target: Jump, given: Given, config: HostConfig): Promise<Hop> {
    const value = (keyword: string) => config.get(keyword)?.[0];
    const hostName = value("hostname");
    const host =
      hostName === undefined ? target.host : expanded(target, "HostName", hostName, { h: target.host });
    if (!isSshName(host)) throw refusal(`ssh ${target.host} has a HostName that is none`);
    const knownAs = value("hostkeyalias") ?? host;
    // It is written into known_hosts.
    if (!isSshName(knownAs)) throw refusal(`ssh ${target.host} has a HostKeyAlias that is none`);
    const port = target.port ?? Number(value("port") ?? 22);
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      throw refusal(`ssh ${target.host} has a Port that is none`);
    const facts = {
      ...{ host, originalHost: target.host, port, hostKeyAlias: value("hostkeyalias") ?? null },
      jumpHost: parseJumps(value("proxyjump") ?? "none")?.at(-1)?.host ?? "",
      ...this.#local,
    };
    const said = value("user");
    const user = target.user ?? (said === undefined ? this.#local.localUser : userOf(target, said, facts));
    const tokens = fileTokens({ ...facts, user });
    const revoked = value("revokedhostkeys") ?? "none";
    const path: PathOf = (keyword, text) =>
      this.#fromHome(expanded(target, keyword, text, tokens, process.env));
    return {
      host,
      port,
      user,
      isBastion: given.identityFile !== undefined,
      knownAs,
      keys: await this.#keys(given, config, path),
      certificates: (config.get("certificatefile") ?? [])
        .filter((name) => name.toLowerCase() !== "none")
        .map((name) => path("CertificateFile", name)),
      revokedKeys: revoked.toLowerCase() === "none" ? null : path("RevokedHostKeys", revoked),
      knownHosts: given.knownHosts?.length ? given.knownHosts : this.#knownHosts(config, path),
    };
  }

  /** Hosts are learnt into the first. */
  #knownHosts(config: HostConfig, path: PathOf): readonly string[] {
    const { userknownhostsfile, globalknownhostsfile } = usualKnownHosts;
    const own = config.get("userknownhostsfile") ?? userknownhostsfile;
    const everybodys = config.get("globalknownhostsfile") ?? globalknownhostsfile;
    const isFile = (name: string) => name.toLowerCase() !== "none";
    return [
      ...own.filter(isFile).map((name) => path("UserKnownHostsFile", name)),
      // It takes no tokens.
      ...everybodys.filter(isFile).map((name) => this.#fromHome(name)),
    ];
  }

  /** Keys that are named go before the agent's; the usual ones, where they exist, after them. */
  async #keys(given: Given, config: HostConfig, path: PathOf): Promise<readonly KeySource[]> {
    const file = (name: string): KeySource => ({ kind: "file", path: name });
    const socket = given.agent ?? agentOf(config, path);
    const said = config.get("identityfile")?.filter((name) => name.toLowerCase() !== "none") ?? [];
    const named = given.identityFile ? [given.identityFile] : said.map((name) => path("IdentityFile", name));
    const isLimited = named.length > 0 && config.get("identitiesonly")?.[0]?.toLowerCase() === "yes";
    const only = isLimited ? named : null;
    const agents: KeySource[] = socket && socket !== "none" ? [{ kind: "agent", socket, only }] : [];
    // The public half of a key says which of the agent's it is.
    const files = named.filter((name) => !name.endsWith(".pub"));
    if (named.length > 0) return [...files.map(file), ...agents];
    const exists = (name: string) =>
      access(name).then(
        () => [file(name)],
        () => [],
      );
    const usual = usualKeys.map((name) => exists(this.#fromHome(name)));
    return [...agents, ...(await Promise.all(usual)).flat()];
  }

  #fromHome(name: string): string {
    return name.startsWith("~/") ? join(this.#local.home, name.slice(2)) : name;
  }
}

/** A file that a keyword names. */
type PathOf = (keyword: string, text: string) => string;

function expanded(
  { host }: Jump,
  keyword: string,
  text: string,
  tokens: Tokens,
  environment?: NodeJS.ProcessEnv,
): string {
  const found = expandTokens(text, tokens, environment);
  if (found.ok) return found.text;
  throw refusal(`the ${keyword} of ssh ${host} has ${found.problem}`);
}

/** Since OpenSSH 10 it takes tokens, but those that it is a part of. */
function userOf(target: Jump, text: string, facts: Omit<ConnectionFacts, "user">): string {
  const { C: _, r: __, ...tokens } = fileTokens({ ...facts, user: "" });
  return expanded(target, "User", text, tokens, process.env);
}

/** The socket of the agent; `$NAME` is a variable that holds it. */
function agentOf(config: HostConfig, path: PathOf): string | undefined {
  const said = config.get("identityagent")?.[0] ?? "SSH_AUTH_SOCK";
  const variable = said === "SSH_AUTH_SOCK" ? said : /^\$(\w+)$/.exec(said)?.[1];
  return variable === undefined ? path("IdentityAgent", said) : process.env[variable];
}

/** The hosts to go through, the first one first. A host does not go through itself, whatever `Host *` says. */
function jumpsOf(target: Jump, config: HostConfig, { host, port, user }: Hop): readonly Jump[] {
  const [text] = config.get("proxyjump") ?? [];
  const command = config.get("proxycommand")?.join(" ") ?? "none";
  if (text === undefined && command !== "none")
    throw refusal(
      `ssh ${target.host} has a ProxyCommand, which pgparade does not run; it can follow ProxyJump`,
    );
  const tokens = proxyTokens({ host, originalHost: target.host, port, user });
  const filled = (part: string) => expanded(target, "ProxyJump", part, tokens);
  const jumps =
    text === undefined
      ? []
      : (parseJumps(text)?.map((jump) => ({
          ...jump,
          host: filled(jump.host),
          user: jump.user === null ? null : filled(jump.user),
        })) ?? null);
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
