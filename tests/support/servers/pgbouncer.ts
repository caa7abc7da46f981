import { chmodSync, chownSync, mkdtempSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { freePorts } from "../../../src/services/throwaway/free-port.ts";
import { serverEnvironment } from "../../../src/services/throwaway/server-binaries.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { until } from "./servers.ts";

/** The program's path; null when it is not installed. Debian keeps it where an ordinary PATH does not look. */
export const pgbouncer = Bun.which("pgbouncer", { PATH: `${process.env["PATH"]}:/usr/sbin` });

/** A PgBouncer of our own before a server; ended by `await using`. */
export type Pooler = {
  readonly name: string;
  readonly port: number;
  [Symbol.asyncDispose](): Promise<void>;
};

const defaults = {
  pool_mode: "transaction",
  // After a restart of the server PgBouncer refuses every login for 15 s otherwise, and we wait twice as long each time.
  server_login_retry: "1",
  default_pool_size: "2",
  query_wait_timeout: "2",
  auth_type: "trust",
  admin_users: "postgres",
  unix_socket_dir: "",
  listen_addr: "127.0.0.1",
};

/** Starts PgBouncer in transaction mode with two backends per user and database, unless `settings` say otherwise. */
export async function poolerBefore(
  server: ThrowawayServer,
  settings: Readonly<Record<string, string>> = {},
): Promise<Pooler> {
  const [port = 0] = await freePorts(1);
  const { account } = server.scratch.binaries;
  // A port that is free again may be given out twice.
  const folder = mkdtempSync(join(server.scratch.directory, "pooler-"));
  chmodSync(folder, 0o755);
  const users = join(folder, "users.txt");
  writeFileSync(users, ["postgres", "monitor", "bare", "hostile"].map((user) => `"${user}" ""\n`).join(""));
  const lines = Object.entries({ ...defaults, ...settings, listen_port: port, auth_file: users });
  const ini = join(folder, "pgbouncer.ini");
  const database = `* = host=127.0.0.1 port=${server.port}`;
  writeFileSync(
    ini,
    `[databases]\n${database}\n[pgbouncer]\n${lines.map((line) => line.join(" = ")).join("\n")}\n`,
  );
  if (account) for (const path of [folder, users, ini]) chownSync(path, account.uid, account.gid);
  const child = Bun.spawn([pgbouncer ?? "", ini], {
    ...account,
    cwd: folder,
    env: serverEnvironment,
    stdio: ["ignore", "ignore", Bun.file(join(folder, "log"))],
  });
  const end = () => child.kill("SIGTERM");
  process.once("exit", end);
  await until(() => listens(port));
  return {
    name: server.name,
    port,
    async [Symbol.asyncDispose]() {
      process.removeListener("exit", end);
      end();
      await child.exited;
    },
  };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
