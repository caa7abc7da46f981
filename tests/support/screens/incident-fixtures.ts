import type { Alert } from "../../../src/stats/alerts.ts";
import type { Observed } from "../../../src/store/store.ts";
import type { LockWait } from "../../../src/views/backends/lock-waits.ts";
import { cluster, facts, node, nowMs, observed, okSample, pulse, standby } from "./fixtures.ts";

const blockedMs = 62_000;
const started = "2026-03-14 14:02:24.117305+00";

function session(pid: number, application_name: string, more: Partial<LockWait>): LockWait {
  return {
    pid,
    gid: null,
    prepared_text: null,
    datname: "shop",
    usename: "billing_job",
    application_name,
    client_addr: "127.0.0.1",
    backend_type: "client backend",
    state: "active",
    wait: null,
    wait_seconds: null,
    xact_seconds: blockedMs / 1000,
    query_seconds: null,
    state_seconds: blockedMs / 1000,
    backend_start_text: started,
    leader_pid: null,
    locktype: null,
    mode: null,
    object: null,
    awaits: null,
    holds: null,
    blocked_by: null,
    query: null,
    ...more,
  };
}

/** A session that waits for the transaction of another one. */
function behind(blocker: number, pid: number, application_name: string, more: Partial<LockWait>): LockWait {
  const transaction = 700 + (blocker % 100);
  return session(pid, application_name, {
    wait_seconds: blockedMs / 1000,
    locktype: "transactionid",
    mode: "ShareLock",
    object: `transaction ${transaction}`,
    awaits: `transaction ${transaction}`,
    blocked_by: [blocker],
    ...more,
  });
}

const shop = [
  session(5309, "psql", {
    usename: "deploy",
    state: "idle in tx",
    query: "update stock set quantity = quantity - 12 where item = 201",
  }),
  behind(5309, 5310, "billing-job", {
    object: "public.stock (1,35)",
    query: "update stock set quantity = quantity - $1 where item = $2",
  }),
  behind(5310, 5312, "release-shop", {
    object: "public.stock (1,36)",
    usename: "deploy",
    query: "update stock set name = $1 where item = $2",
  }),
  behind(5312, 5313, "release-warehouse", {
    usename: "deploy",
    datname: "warehouse",
    query: "alter role deploy set lock_timeout = '10s'",
  }),
  behind(5313, 5316, "picking", {
    object: "oid 16385 in warehouse (0,7)",
    usename: "web",
    datname: "warehouse",
    query: "update shelves set quantity = quantity - $1 where shelf = $2",
  }),
];

const billing = [
  session(5270, "month-end", {
    datname: "billing",
    query:
      "select date_trunc('month', issued), sum(amount) from invoices\n  cross join (select pg_sleep($1)) as slow_disk group by 1",
  }),
  behind(5270, 5280, "billing-job", {
    object: "public.invoices (4,21)",
    datname: "billing",
    query: "update invoices set paid = true where id = $1",
  }),
  behind(5280, 5283, "dunning", {
    object: "public.invoices (4,22)",
    datname: "billing",
    query: "update invoices set amount = amount + $1 where id = $2",
  }),
];

const payment = session(0, "", {
  pid: null,
  gid: "payment-601",
  datname: "billing",
  application_name: null,
  client_addr: null,
  backend_type: "prepared transaction",
  state: "prepared",
  state_seconds: null,
  backend_start_text: null,
  holds: "transaction 740 ExclusiveLock",
});
const refunds = behind(0, 5285, "refunds", {
  datname: "billing",
  object: "public.invoices (4,23)",
  awaits: "transaction 740",
  query: "update invoices set amount = $1 where id = $2",
});

const table = { locktype: "relation", object: "public.page_views", awaits: "page_views" };
const reports = [
  session(5271, "metabase", {
    datname: "reports",
    usename: "reporting",
    holds: "page_views AccessShareLock",
    query:
      "select page, count(distinct visitor) from page_views\n  cross join (select pg_sleep($1)) as slow_disk group by page order by 2 desc",
  }),
  behind(5271, 5288, "release-reports", {
    ...table,
    datname: "reports",
    usename: "deploy",
    mode: "AccessExclusiveLock",
    query: "alter table page_views add column referrer text",
  }),
  ...Array.from({ length: 15 }, (_, reader) =>
    behind(5288, 5292 + reader, `web-${reader + 1}`, {
      ...table,
      datname: "reports",
      usename: "web",
      mode: "AccessShareLock",
      query: "select count(*) from page_views where page = $1",
    }),
  ),
];

function blocked(sessions: number, root: number): Alert {
  return {
    rule: "blocked_sessions",
    severity: "critical",
    text: `longest of ${sessions} lock waits 1m 2s > 1m, root pid ${root}`,
    sinceMs: nowMs - blockedMs + 12_000,
    subject: { kind: "backend", id: String(root) },
    view: "locks",
    key: null,
  };
}

const inDemo = (name: string, port: number) => ({
  address: `127.0.0.1:${port}`,
  facts: facts({
    version: "18.4",
    versionNum: 180004,
    maxConnections: 100,
    inRecovery: /orders-[23]|billing-2/.test(name),
    systemIdentifier: name.replace(/-\d$/, ""),
    startedAtMs: Date.UTC(2026, 2, 14, 14, 2, 10),
    tls: null,
  }),
});
const slots = { usable_connections: 97, max_connections: 100 };
const busy = (connections: number, waiting: number) =>
  pulse({
    ...slots,
    connections,
    active: waiting + 1,
    blocked: waiting,
    transactions: 9,
    oldest_transaction: blockedMs / 1000,
  });
const quiet = (name: string, port: number) => {
  const { pulse: seen, ...more } = standby(name, inDemo(name, port));
  return { ...more, pulse: seen && { ...seen, ...slots, connections: 2, active: 0, transactions: 3 } };
};

/** The demo's fleet a minute after `--incident lock-chain`. */
export const lockChain: Observed = observed(
  [
    node("orders-1", {
      ...inDemo("orders-1", 20401),
      pulse: busy(12, 4),
      alerts: [
        blocked(4, 5309),
        {
          rule: "idle_in_transaction",
          severity: "warning",
          text: "idle in transaction 1m 2s > 20s, pid 5309",
          sinceMs: nowMs - blockedMs + 22_000,
          subject: { kind: "backend", id: "5309" },
          view: "activity",
          key: null,
        },
      ],
    }),
    quiet("orders-2", 20402),
    quiet("orders-3", 20403),
    node("billing-1", { ...inDemo("billing-1", 20404), pulse: busy(8, 3), alerts: [blocked(3, 5270)] }),
    quiet("billing-2", 20405),
    node("reports", { ...inDemo("reports", 20406), pulse: busy(20, 16), alerts: [blocked(16, 5271)] }),
  ],
  [
    cluster("orders", [
      { name: "orders-1", depth: 0 },
      { name: "orders-2", depth: 1 },
      { name: "orders-3", depth: 1 },
    ]),
    cluster("billing", [
      { name: "billing-1", depth: 0 },
      { name: "billing-2", depth: 1 },
    ]),
    cluster("reports", [{ name: "reports", depth: 0 }], { heading: false }),
  ],
  {
    lock_waits: {
      "orders-1": okSample(shop),
      "orders-2": okSample([]),
      "orders-3": okSample([]),
      "billing-1": okSample([...billing, payment, refunds]),
      "billing-2": okSample([]),
      reports: okSample(reports),
    },
  },
);
