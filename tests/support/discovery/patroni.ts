import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { freePorts } from "../../../src/services/throwaway/free-port.ts";
import { openScratch, type Scratch } from "../../../src/services/throwaway/scratch.ts";
import { serverEnvironment } from "../../../src/services/throwaway/server-binaries.ts";
import { until } from "../servers/servers.ts";

const path = `${process.env["PATH"]}:/usr/sbin`;
const installed = "/usr/lib/postgresql";

/** The newest server of the distribution, which has all programs that Patroni starts. */
function newestBin(): string | null {
  try {
    const majors = readdirSync(installed).toSorted((a, b) => Number(b) - Number(a));
    const folders = majors.map((major) => join(installed, major, "bin"));
    return folders.find((bin) => existsSync(join(bin, "initdb"))) ?? null;
  } catch {
    return null;
  }
}

/** The programs; null where one is not installed (Debian: patroni, etcd-server, postgresql). */
export const patroniPrograms = (() => {
  const [patroni, etcd, bin] = [Bun.which("patroni"), Bun.which("etcd", { PATH: path }), newestBin()];
  return patroni && etcd && bin ? { patroni, etcd, bin } : null;
})();

/** What its members ask for before they change anything. */
export const restLogin = { username: "patroni", password: "pl4nted-rest" };

export type PatroniMember = {
  readonly name: string;
  readonly port: number;
  /** The address of its REST API. */
  readonly rest: string;
  /** Stops it and its server. */
  stop(): Promise<void>;
  /** Shuts its server down behind Patroni's back, which starts it again unless it is paused. */
  stopServer(): void;
};

/** An etcd and members that follow one leader, all of our own; ended by `await using`. */
export type PatroniCluster = {
  readonly members: readonly PatroniMember[];
  /** Asks a member for a planned switchover, and waits until it is done. */
  switchover(from: string, to: string): Promise<void>;
  /** What Patroni itself says, by name. */
  roles(): Promise<Record<string, string>>;
  [Symbol.asyncDispose](): Promise<void>;
};

type Process = { readonly end: (signal: NodeJS.Signals) => Promise<void> };

function startProgram(scratch: Scratch, argv: readonly string[], folder: string): Process {
  const child = Bun.spawn([...argv], {
    ...scratch.binaries.account,
    cwd: folder,
    env: { ...serverEnvironment, HOME: folder, ETCD_UNSUPPORTED_ARCH: process.arch },
    stdio: ["ignore", Bun.file(join(folder, "out")), Bun.file(join(folder, "log"))],
  });
  const onExit = () => child.kill("SIGKILL");
  process.once("exit", onExit);
  return {
    end: async (signal) => {
      process.removeListener("exit", onExit);
      child.kill(signal);
      const isLate = await Promise.race([child.exited.then(() => false), Bun.sleep(15_000).then(() => true)]);
      if (isLate) child.kill("SIGKILL");
      await child.exited;
    },
  };
}

/** A folder of the servers' account, in which a program runs. */
function ownFolder({ directory, binaries: { account } }: Scratch, name: string): string {
  const folder = join(directory, name);
  mkdirSync(folder, { mode: 0o700 });
  if (account) chownSync(folder, account.uid, account.gid);
  return folder;
}

export async function startPatroni(scope: string, names: readonly string[]): Promise<PatroniCluster> {
  const programs = patroniPrograms;
  if (!programs) throw new Error("needs patroni, etcd-server and postgresql");
  const scratch = await openScratch("test");
  const processes = new Map<string, Process>();
  const stop = async () => {
    const members = [...processes].filter(([name]) => name !== "etcd");
    await Promise.all(members.map(([, one]) => one.end("SIGTERM")));
    await processes.get("etcd")?.end("SIGTERM");
    await scratch.destroy();
  };
  try {
    const [client = 0, peer = 0, ...ports] = await freePorts(2 + 2 * names.length);
    const folder = ownFolder(scratch, "etcd");
    processes.set("etcd", startProgram(scratch, etcdCommand(programs.etcd, folder, client, peer), folder));
    await until(() => answers(`http://127.0.0.1:${client}/health`), 60_000);
    const members = names.map((name, at) => {
      const [port = 0, rest = 0] = ports.slice(2 * at);
      const own = ownFolder(scratch, name);
      const file = join(own, "patroni.yml");
      writeFileSync(
        file,
        memberConfig({ scope, name, port, rest, etcd: client, folder: own, bin: programs.bin }),
      );
      chmodSync(file, 0o644);
      processes.set(name, startProgram(scratch, [programs.patroni, file], own));
      const stopOne = async () => processes.get(name)?.end("SIGTERM");
      const stopServer = () => {
        const [pid = ""] = readFileSync(join(own, "data", "postmaster.pid"), "utf8").split("\n");
        process.kill(Number(pid), "SIGINT");
      };
      return { name, port, rest: `http://127.0.0.1:${rest}`, stop: stopOne, stopServer };
    });
    const roles = () => rolesAt(members);
    await until(async () => isComplete(await roles(), names.length), 120_000);
    return {
      members,
      roles,
      switchover: async (from, to) => {
        const { rest } = members.find(({ name }) => name === to) ?? { rest: "" };
        const body = JSON.stringify({ leader: from, candidate: to });
        const headers = { authorization: `Basic ${btoa(`${restLogin.username}:${restLogin.password}`)}` };
        const answer = await fetch(`${rest}/switchover`, { method: "POST", body, headers });
        if (!answer.ok) throw new Error(`switchover: ${answer.status} ${await answer.text()}`);
        await until(async () => {
          const now = await roles();
          return now[to] === "leader" && isComplete(now, names.length);
        }, 60_000);
      },
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** One leader, and everybody else streams. */
const isComplete = (roles: Readonly<Record<string, string>>, count: number) =>
  Object.values(roles).toSorted().join() === ["leader", ...Array(count - 1).fill("replica")].join();

async function answers(url: string): Promise<boolean> {
  return (await fetch(url).catch(() => null))?.ok === true;
}

type Said = { readonly members: readonly { name: string; role: string; state: string }[] };

/** The first that answers tells of all; a member that does not run has its state for a role. */
async function rolesAt(members: readonly { readonly rest: string }[]): Promise<Record<string, string>> {
  for (const { rest } of members) {
    const answer = await fetch(`${rest}/cluster`).catch(() => null);
    if (!answer?.ok) continue;
    const said = (await answer.json()) as Said;
    const running = ["running", "streaming"];
    return Object.fromEntries(
      said.members.map(({ name, role, state }) => [name, running.includes(state) ? role : state]),
    );
  }
  return {};
}

function etcdCommand(etcd: string, folder: string, client: number, peer: number): string[] {
  const [clientUrl, peerUrl] = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`];
  return [
    etcd,
    ...["--data-dir", join(folder, "data"), "--name", "etcd"],
    ...["--listen-client-urls", clientUrl, "--advertise-client-urls", clientUrl],
    ...["--listen-peer-urls", peerUrl, "--initial-advertise-peer-urls", peerUrl],
    ...["--initial-cluster", `etcd=${peerUrl}`, "--unsafe-no-fsync"],
  ];
}

type MemberOptions = {
  readonly scope: string;
  readonly name: string;
  readonly port: number;
  readonly rest: number;
  readonly etcd: number;
  readonly folder: string;
  readonly bin: string;
};

function memberConfig({ scope, name, port, rest, etcd, folder, bin }: MemberOptions): string {
  const host = (at: number) => `127.0.0.1:${at}`;
  const trusted = [
    "local all all trust",
    "host all all 127.0.0.1/32 trust",
    "host replication all 127.0.0.1/32 trust",
  ];
  return stringify({
    scope,
    name,
    restapi: { listen: host(rest), connect_address: host(rest), authentication: restLogin },
    etcd3: { host: host(etcd) },
    bootstrap: {
      dcs: { ttl: 20, loop_wait: 1, retry_timeout: 5, postgresql: { use_slots: true } },
      initdb: [{ encoding: "UTF8" }, { locale: "C" }],
    },
    postgresql: {
      listen: host(port),
      connect_address: host(port),
      data_dir: join(folder, "data"),
      bin_dir: bin,
      pgpass: join(folder, "pgpass"),
      pg_hba: trusted,
      authentication: {
        superuser: { username: "postgres", password: "x" },
        replication: { username: "replicator", password: "x" },
      },
      parameters: { unix_socket_directories: folder, fsync: "off", shared_buffers: "16MB" },
    },
    tags: name.endsWith("3") ? { nofailover: true } : {},
  });
}
