import { spawn } from "node:child_process";
import { open } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { textInTime } from "../files.ts";
import { sleep, withDeadline } from "../schedule.ts";
import { childrenOf, signal } from "./processes.ts";
import type { Scratch } from "./scratch.ts";
import { serverEnvironment } from "./server-binaries.ts";

/** As pg_ctl names them: wait for clients; roll back and stop; stop at once and recover at the next start. */
export type ShutdownMode = "smart" | "fast" | "immediate";

const shutdownSignals = { smart: "SIGTERM", fast: "SIGINT", immediate: "SIGQUIT" } as const;
const startDeadlineMs = 30_000;
const stopDeadlineMs = 15_000;

type Running = { pid: number; exited: Promise<void>; alive: boolean };

/** One PostgreSQL server in a scratch directory. Its data, port and name stay the same over restarts. */
export class ThrowawayServer {
  readonly scratch: Scratch;
  readonly name: string;
  readonly port: number;
  #running: Running | null = null;

  constructor(scratch: Scratch, name: string, port: number) {
    this.scratch = scratch;
    this.name = name;
    this.port = port;
  }

  /** The server's own folder, which holds its data directory and its log. */
  get folder(): string {
    return join(this.scratch.directory, this.name);
  }

  get dataDirectory(): string {
    return join(this.folder, "data");
  }

  get logFile(): string {
    return join(this.folder, "server.log");
  }

  get socketDirectory(): string {
    return this.scratch.socketDirectory;
  }

  /** The postmaster's pid; null while the server is down. */
  pid(): number | null {
    return this.#running?.alive ? this.#running.pid : null;
  }

  /** Starts the server and waits until it accepts connections. Rejects with the end of its log. */
  async start(): Promise<void> {
    if (this.pid() !== null) return;
    this.scratch.closing.throwIfAborted();
    const running = await this.#spawn();
    this.#running = running;
    const deadline = performance.now() + startDeadlineMs;
    while (!(await this.#isReady(running.pid))) {
      if (!running.alive || performance.now() > deadline) throw new Error(await this.#whyDown());
      await sleep(10);
    }
  }

  /** Stops the server, also a frozen one, and waits until its process has ended. */
  async stop(mode: ShutdownMode = "fast"): Promise<void> {
    const running = this.#running;
    if (!running?.alive) return;
    signal(running.pid, shutdownSignals[mode]);
    this.thaw();
    const expired = () => new Error(`${this.name} did not stop within ${stopDeadlineMs / 1000} s`);
    await withDeadline(running.exited, stopDeadlineMs, expired);
  }

  async restart(mode: ShutdownMode = "fast"): Promise<void> {
    await this.stop(mode);
    await this.start();
  }

  /** Stops every process of the server in its tracks: connections stay open and nothing answers. */
  freeze(): void {
    this.freezePostmaster();
    for (const child of this.#children()) signal(child, "SIGSTOP");
  }

  /** Sessions go on, but no new connection is answered, although the kernel accepts it. */
  freezePostmaster(): void {
    const pid = this.pid();
    if (pid !== null) signal(pid, "SIGSTOP");
  }

  thaw(): void {
    const pid = this.pid();
    for (const each of [...this.#children(), ...(pid === null ? [] : [pid])]) signal(each, "SIGCONT");
  }

  /** Makes a standby a primary, and waits until it is one (pg_promote). */
  async promote(): Promise<void> {
    await this.query("select pg_catalog.pg_promote(true, 30)");
  }

  /** Runs one statement as superuser through the Unix-domain socket. */
  async query<Row extends pg.QueryResultRow>(sql: string, database = "postgres"): Promise<Row[]> {
    const client = new pg.Client({ host: this.socketDirectory, port: this.port, user: "postgres", database });
    client.on("error", () => {});
    try {
      await client.connect();
      return (await client.query<Row>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  #children(): number[] {
    const pid = this.pid();
    return pid === null ? [] : childrenOf(pid);
  }

  /** In a session of its own, so that a terminal's Ctrl-C or hang-up does not reach the server. */
  async #spawn(): Promise<Running> {
    const log = await open(this.logFile, "a");
    const program = join(this.scratch.binaries.folder, "bin/postgres");
    try {
      this.scratch.closing.throwIfAborted();
      const child = spawn(program, ["-D", this.dataDirectory], {
        ...this.scratch.binaries.account,
        cwd: this.socketDirectory,
        env: serverEnvironment,
        detached: true,
        stdio: ["ignore", log.fd, log.fd],
      });
      const { promise: exited, resolve } = Promise.withResolvers<void>();
      const running = { pid: child.pid ?? 0, exited, alive: child.pid !== undefined };
      const end = () => {
        running.alive = false;
        resolve();
      };
      child.once("exit", end).once("error", end);
      child.unref();
      return running;
    } finally {
      await log.close();
    }
  }

  /** The eighth line of postmaster.pid is the state that pg_ctl waits for as well. */
  async #isReady(pid: number): Promise<boolean> {
    const text = await textInTime(join(this.dataDirectory, "postmaster.pid"), 4096);
    const lines = text.split("\n").map((line) => line.trim());
    // "standby" is one with hot_standby = off: it runs and will accept no connections.
    return lines[0] === String(pid) && (lines[7] === "ready" || lines[7] === "standby");
  }

  async #whyDown(): Promise<string> {
    const log = await textInTime(this.logFile, 16 * 1_048_576);
    return `${this.name} did not start on port ${this.port}:\n${log.trimEnd().split("\n").slice(-8).join("\n")}`;
  }
}
