import { nodeError, type UnknownHost, type WantedSecret } from "../../../src/postgres/node-error.ts";
import type { Observed } from "../../../src/store/store.ts";
import {
  activityOf,
  alert,
  backend,
  cluster,
  facts,
  health,
  lag,
  node,
  nowMs,
  observed,
  okSample,
  pulse,
  refused,
  standby,
  unreached,
} from "./fixtures.ts";

const lagging = standby("orders-3", {
  lag: lag(41, 812n * 1024n * 1024n),
  alerts: [
    alert("replication_lag", "warning", "replay lag 41s > 10s", { sinceMs: nowMs - 30_000 }),
    alert("replication_lag_bytes", "warning", "replay lag 812 MB > 256 MB", { sinceMs: nowMs - 20_000 }),
  ],
});

const blocked = [
  backend(8123, {
    wait: "Lock:transactionid",
    xact_seconds: 41,
    query_seconds: 41,
    blocked_by: [8017],
    blockers: "8017",
    query: "UPDATE stock SET quantity = quantity - $1\n  WHERE item = $2",
  }),
  backend(8017, {
    application_name: "web-2",
    client_addr: "10.1.4.19",
    state: "idle in tx",
    wait: "Client:ClientRead",
    xact_seconds: 133,
    query_seconds: null,
    query: "SELECT quantity FROM stock WHERE item = $1 FOR UPDATE",
  }),
];
const reading = [
  backend(2210, {
    usename: "bi",
    application_name: "metabase",
    client_addr: "10.1.9.3",
    wait: "IO:DataFileRead",
    xact_seconds: 9,
    query_seconds: 9,
    query: "SELECT date_trunc('day', placed), count(*) FROM orders GROUP BY 1 ORDER BY 1",
  }),
];

/** A fleet on a bad day: every state that a node can be in, once at least. */
export const badDay: Observed = observed(
  [
    node("orders-1", {
      pulse: pulse({ blocked: 1 }),
      alerts: [alert("blocked_sessions", "warning", "sessions blocked: 1", { sinceMs: nowMs - 41_000 })],
    }),
    standby("orders-2"),
    lagging,
    unreached("billing-1", "reconnecting", refused),
    standby("billing-2", { health: health("stale", { lastAnswerAtMs: nowMs - 12_000 }) }),
    node("reports", { colour: "cyan", facts: facts({ version: "14.9", versionNum: 140009 }) }),
    unreached("archive", "connecting"),
    unreached("parked", "disconnected"),
    unreached("vault", "error", {
      ...nodeError("auth", 'password authentication failed for user "monitor"', "The password is wrong."),
      sqlstate: "28P01",
    }),
    unreached("hr", "reconnecting", {
      ...nodeError("starting", "the database system is starting up"),
      sqlstate: "57P03",
    }),
  ],
  [
    cluster("orders", [
      { name: "orders-1", depth: 0 },
      { name: "orders-2", depth: 1 },
      { name: "orders-3", depth: 2 },
    ]),
    cluster(
      "billing",
      [
        { name: "billing-1", depth: 0 },
        { name: "billing-2", depth: 0 },
      ],
      { colour: "magenta", production: true },
    ),
    ...["reports", "archive", "parked", "vault", "hr"].map((name) =>
      cluster(name, [{ name, depth: 0 }], { heading: false }),
    ),
  ],
  {
    activity: {
      ...activityOf({ "orders-1": blocked, "orders-2": reading, "orders-3": [] })["activity"],
      "billing-2": { state: "failed", error: refused, last: okSample([backend(77)], nowMs - 12_000) },
      reports: { state: "notApplicable", why: "needs 18" },
    },
  },
);

/** The key that a bastion showed to three nodes, of which nobody knows it. */
export const bastion: UnknownHost = {
  host: "bastion.example.com",
  port: 2222,
  keyType: "ssh-ed25519",
  key: "AAAAC3NzaC1lZDI1NTE5AAAAIJt4",
  fingerprint: "SHA256:1M4RzhMyWuFS/86uPY/ce2prh/dVTHW7iD2RhpquOZA",
  file: "/home/me/.ssh/known_hosts",
};

export const behindBastion: Observed = observed(
  ["a", "b", "c"].map((name) =>
    unreached(name, "reconnecting", {
      ...nodeError("tunnel", "unknown ssh host bastion.example.com:2222"),
      unknownHost: bastion,
    }),
  ),
  ["a", "b", "c"].map((name) => cluster(name, [{ name, depth: 0 }], { heading: false })),
);

/** A key that nobody has the passphrase of, and three nodes that are reached with it. */
export const lockedKey: WantedSecret = {
  kind: "passphrase",
  of: "~/.ssh/id_ed25519",
  name: "ssh key /home/me/.ssh/id_ed25519",
};

export const behindLockedKey: Observed = observed(
  ["a", "b", "c"].map((name) =>
    unreached(name, "reconnecting", {
      ...nodeError("tunnel", "ssh wants the passphrase of ~/.ssh/id_ed25519"),
      wantedSecret: lockedKey,
    }),
  ),
  ["a", "b", "c"].map((name) => cluster(name, [{ name, depth: 0 }], { heading: false })),
);

/** Twenty nodes that are well. */
export const twentyNodes: Observed = observed(
  Array.from({ length: 20 }, (_, at) => node(`node-${String(at + 1).padStart(2, "0")}`)),
);

const hostile =
  "select '\u001b[2J\u001b[1;1Hpwned\u001b]0;owned\u0007\u001b]52;c;cm0gLXJm\u0007' /* \u202eesrever\u202c */\r\n-- \u0007\u0000\u009b31mred\u009d0;t\u009c\u200b\ufeff";

/** Every text that a server or its users choose, chosen by somebody who means ill. */
export const hostileDay: Observed = observed(
  [node("trap"), node("calm")],
  undefined,
  activityOf({
    trap: [
      backend(666, {
        datname: "\u001b[31mdb\r\n",
        usename: "\u202eadmin",
        application_name: "\u001b]0;title\u0007\t\b\b\b",
        client_addr: null,
        state: "active",
        query: hostile,
      }),
    ],
    calm: [
      backend(1, {
        application_name: "日本語アプリケーション",
        query: "select '漢字', '👩‍👩‍👧‍👦', 'e\u0301\u0301\u0301\u0301\u0301' from 表",
      }),
      backend(2, { query: "select 1" }),
    ],
  }),
);
