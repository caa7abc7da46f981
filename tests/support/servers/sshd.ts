import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localSystem } from "../../../src/config/resolve/local-system.ts";
import type { SshSettings } from "../../../src/config/settings.ts";
import { freePorts } from "../../../src/services/throwaway/free-port.ts";
import { until } from "./servers.ts";

const which = (name: string) => Bun.which(name, { PATH: `${process.env["PATH"]}:/usr/sbin` });
const [sshd, keygen] = [which("sshd"), which("ssh-keygen")];

/** OpenSSH's server and its keygen are here; the tests that need them are skipped elsewhere. */
export const hasSshd = sshd !== null && keygen !== null && process.platform === "linux";

/** A private key's file in OpenSSH's format, unless options of ssh-keygen say otherwise. */
export function makeKey(
  folder: string,
  name: string,
  passphrase = "",
  type = "ed25519",
  options: readonly string[] = [],
): string {
  const file = join(folder, name);
  rmSync(file, { force: true });
  // One round, unless a test is about them: a hundred keys are opened while others want the processor.
  const kind = ["-q", "-t", type, "-a", "1", ...options];
  Bun.spawnSync([keygen ?? "", ...kind, "-N", passphrase, "-C", name, "-f", file]);
  return file;
}

/** The fingerprint of a public key by ssh-keygen's account. */
export function fingerprintOf(key: string): string {
  const out = Bun.spawnSync([keygen ?? "", "-l", "-f", `${key}.pub`]).stdout.toString();
  return out.split(" ")[1] ?? "";
}

/** An sshd of our own on loopback, with keys of its own, that knows nothing of the machine's; ended by `await using`. */
export class Sshd {
  readonly folder = mkdtempSync(join(tmpdir(), "pgparade-ssh-"));
  readonly port: number;
  /** The key that may log in, and a known_hosts that knows this host by its key. */
  readonly key = makeKey(this.folder, "key");
  readonly knownHosts = join(this.folder, "known_hosts");
  hostKey = makeKey(this.folder, "host");
  #child: Bun.Subprocess | null = null;
  #log = 0;
  readonly #atExit = () => this.#kill();

  constructor(port: number) {
    this.port = port;
    this.allow(this.key);
    this.know();
    process.once("exit", this.#atExit);
  }

  /** Lets another key in. */
  allow(key: string): void {
    writeFileSync(join(this.folder, "authorized_keys"), readFileSync(`${key}.pub`), { flag: "a" });
  }

  /** Has known_hosts know the host by its present key. */
  know(): void {
    const [type, base64] = readFileSync(`${this.hostKey}.pub`, "utf8").split(" ");
    writeFileSync(this.knownHosts, `[127.0.0.1]:${this.port} ${type} ${base64}\n`);
  }

  async start(lines: readonly string[] = []): Promise<void> {
    // As root it wants this folder, which its service would make; nobody else may write to it.
    if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
    const file = join(this.folder, "sshd_config");
    const own = [
      `Port ${this.port}`,
      "ListenAddress 127.0.0.1",
      `HostKey ${this.hostKey}`,
      `AuthorizedKeysFile ${join(this.folder, "authorized_keys")}`,
      ...["UsePAM no", "StrictModes no", "PermitRootLogin yes", "PidFile none", "UseDNS no"],
      ...["MaxStartups 100", "LogLevel VERBOSE"],
    ];
    // Since 9.8 it refuses who failed too often, and all of us come from one address.
    for (const extra of [["PerSourcePenalties no"], []]) {
      writeFileSync(file, `${[...lines, ...own, ...extra].join("\n")}\n`);
      if (Bun.spawnSync([sshd ?? "", "-t", "-f", file]).success) break;
    }
    this.#log += 1;
    this.#child = Bun.spawn([sshd ?? "", "-D", "-f", file, "-E", this.#logFile], {
      stdio: ["ignore", "ignore", "ignore"],
    });
    await until(() => this.log().includes("Server listening"));
  }

  get #logFile(): string {
    return join(this.folder, `log-${this.#log}`);
  }

  /** What it wrote since its last start. */
  log(): string {
    try {
      return readFileSync(this.#logFile, "utf8");
    } catch {
      return "";
    }
  }

  /** How often somebody logged in since its last start. */
  get logins(): number {
    return this.log().match(/^Accepted (?:publickey|password|keyboard)/gm)?.length ?? 0;
  }

  /** How often somebody came, let in or not, since its last start. */
  get callers(): number {
    return this.log().match(/^Connection from /gm)?.length ?? 0;
  }

  /** Signals the processes of everybody who is logged in: by default they end, as by an administrator or a crash. */
  endSessions(name: NodeJS.Signals = "SIGKILL"): void {
    for (const pid of descendants(this.#child?.pid ?? 0)) signal(pid, name);
  }

  /** How many processes serve somebody. */
  get sessions(): number {
    return descendants(this.#child?.pid ?? 0).length;
  }

  async stop(): Promise<void> {
    this.#kill();
    await this.#child?.exited;
  }

  #kill(): void {
    const pid = this.#child?.pid ?? 0;
    if (pid > 0) for (const each of [...descendants(pid), pid]) signal(each, "SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.removeListener("exit", this.#atExit);
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Starts an sshd; `lines` of its config go before ours and so win over them. */
export async function startSshd(lines: readonly string[] = []): Promise<Sshd> {
  const [port = 0] = await freePorts(1);
  const server = new Sshd(port);
  await server.start(lines);
  return server;
}

/** Settings that lead through an sshd by its key, unless changed. */
export function throughSshd(server: Sshd, change: Partial<SshSettings> = {}): SshSettings {
  return {
    host: "127.0.0.1",
    port: server.port,
    user: localSystem(process.env).user,
    identityFile: server.key,
    passphrase: [],
    passwords: [],
    agent: "none",
    knownHosts: [server.knownHosts],
    config: null,
    ...change,
  };
}

function descendants(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    const children = text.split(" ").filter(Boolean).map(Number);
    return children.flatMap((child) => [...descendants(child), child]);
  } catch {
    return []; // it has ended
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it has ended
  }
}
