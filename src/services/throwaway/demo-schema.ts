/** The databases of the demo fleet, with enough rows that sizes, scans and index use look like something. */
export const demoDatabases = {
  shop: [
    "create table stock (item integer primary key, name text not null, quantity integer not null)",
    "insert into stock select n, 'item ' || n, 100000 from generate_series(1, 200) n",
    "create table orders (id bigint generated always as identity primary key, item integer not null references stock, customer integer not null, quantity integer not null, state text not null default 'new', placed timestamptz not null default now())",
    "create index orders_customer on orders (customer)",
    "create index orders_new on orders (id) where state = 'new'",
    "insert into orders (item, customer, quantity, state) select 1 + n % 200, n % 500, 1 + n % 5, 'shipped' from generate_series(1, 20000) n",
  ],
  billing: [
    "create table invoices (id bigint generated always as identity primary key, customer integer not null, amount numeric(10, 2) not null, paid boolean not null default false, issued timestamptz not null default now())",
    "create index invoices_unpaid on invoices (issued) where not paid",
    "insert into invoices (customer, amount, paid) select n % 500, 10 + n % 90, true from generate_series(1, 10000) n",
  ],
  reports: [
    "create table page_views (page text not null, visitor integer not null, seen timestamptz not null default now())",
    "create index page_views_seen on page_views (seen)",
    "insert into page_views select '/page/' || n % 50, n % 1000 from generate_series(1, 10000) n",
  ],
} as const satisfies Record<string, readonly string[]>;

export type DemoDatabase = keyof typeof demoDatabases;

/** What operations on servers call, which only a superuser may unless granted. */
const operations = [
  "pg_promote(boolean, integer)",
  "pg_wal_replay_pause()",
  "pg_wal_replay_resume()",
  "pg_reload_conf()",
  "pg_switch_wal()",
].map((signature) => `pg_catalog.${signature}`);

/** The role pgparade connects as, the one that owns the tables and runs the workload, and those that staged incidents use. */
export const demoRoles = [
  "create role monitor login replication in role pg_monitor, pg_signal_backend, pg_checkpoint, pg_read_all_data",
  "create role app login",
  ...["web", "billing_job", "reporting", "deploy"].map((role) => `create role ${role} login in role app`),
];

/** The statements that fill one database, owned by the application as in real life. */
export function demoStatements(database: DemoDatabase): readonly string[] {
  return [
    "create extension pg_stat_statements",
    `grant execute on function ${operations.join(", ")} to monitor`,
    "grant create on schema public to app",
    "set role app",
    ...demoDatabases[database],
    "reset role",
    "analyze",
  ];
}
