import type { NodeSettings, PoolSettings, SshSettings } from "../../../src/config/settings.ts";
import type { ConnectionParameters } from "../../../src/postgres/conninfo/conninfo.ts";
import { connectionDefaults } from "../../../src/postgres/conninfo/conninfo.ts";
import { defaultThresholds } from "../../../src/rules/all.ts";

type Change = {
  readonly cluster?: string;
  readonly connection?: Partial<ConnectionParameters>;
  readonly pool?: Partial<PoolSettings>;
  readonly statementTimeoutMs?: number;
  readonly lockTimeoutMs?: number;
  readonly actions?: NodeSettings["actions"];
  readonly waits?: NodeSettings["waits"];
  readonly readOnly?: boolean;
  readonly hotStandby?: boolean;
  readonly ssh?: SshSettings;
};

/** Settings of a node at 127.0.0.1 with the program's defaults, seen by pg_monitor without TLS unless changed. */
export function nodeSettings(server: { name: string; port: number }, change: Change = {}): NodeSettings {
  const secret = change.connection?.sslpassword;
  return {
    name: server.name,
    cluster: change.cluster ?? null,
    group: null,
    colour: null,
    production: false,
    connection: {
      host: "127.0.0.1",
      port: server.port,
      dbname: "postgres",
      user: "monitor",
      password: null,
      sslmode: "disable",
      sslrootcert: null,
      sslcert: null,
      sslkey: null,
      ...connectionDefaults,
      ...change.connection,
    },
    pool: {
      max: 2,
      idleTimeoutMs: 30_000,
      maxLifetimeMs: 0,
      acquireTimeoutMs: 3000,
      connectTimeoutMs: 3000,
      databases: 3,
      databaseIdleMs: 30_000,
      ...change.pool,
    },
    statementTimeoutMs: change.statementTimeoutMs ?? 4000,
    lockTimeoutMs: change.lockTimeoutMs ?? 500,
    keyPassphrases: secret ? [{ kind: "inline", secret }] : [],
    passwords: [],
    allowCleartext: false,
    hotStandby: change.hotStandby ?? true,
    actions: change.actions ?? "signal",
    actionsFrom: null,
    waits: change.waits ?? "shown",
    waitsFrom: null,
    readOnly: change.readOnly ?? true,
    ssh: change.ssh ?? null,
    thresholds: defaultThresholds,
  };
}
