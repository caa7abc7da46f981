import { sleeps, waitsForLock } from "./conditions.ts";
import type { Incident, Stage } from "./incident.ts";
import { beyondTheDemo } from "./staged-session.ts";

/**
 * Four knots of locks at a time. On orders-1 a transaction that was left open at a psql prompt holds up four sessions
 * in a row, the last two of them in another database. On billing-1 a job holds up two while it reads something else,
 * and a prepared transaction holds up one although no session has it open. On reports an ALTER TABLE waits for a long report, and fifteen readers wait behind the ALTER TABLE.
 */
export const lockChain: Incident = {
  settings: { "billing-1": { max_prepared_transactions: "5" } },
  async stage(stage) {
    await Promise.all([
      chainOverTwoDatabases(stage),
      shortChain(stage),
      preparedRoot(stage),
      alterTableQueue(stage),
    ]);
  },
};

/**
 * Row locks belong to one database. What leads into the other one are the settings of a role, which all databases of
 * a server share: two releases change them at the same time.
 */
async function chainOverTwoDatabases(stage: Stage): Promise<void> {
  await stage.server("orders-1").query("create database warehouse owner app");
  const open = (user: "web" | "billing_job" | "deploy", application: string, database?: string) =>
    stage.session("orders-1", { user, application, ...(database && { database }) });
  const prompt = await open("deploy", "psql");
  const billing = await open("billing_job", "billing-job");
  const release = await open("deploy", "release-shop");
  const otherRelease = await open("deploy", "release-warehouse", "warehouse");
  const picking = await open("web", "picking", "warehouse");

  await prompt.run(
    ["insert into stock select n, 'item ' || n, 500 from generate_series(201, 210) n on conflict do nothing"],
    ["begin"],
    ["update stock set quantity = quantity - 12 where item = 201"],
  );
  await billing.run(["begin"], ["update stock set quantity = quantity - 1 where item = 202"]);
  await release.run(["begin"], ["alter role deploy set lock_timeout = '5s'"]);
  await otherRelease.run(
    ["create table shelves (shelf integer primary key, item integer not null, quantity integer not null)"],
    ["insert into shelves select n, 1 + n % 200, 40 from generate_series(1, 50) n"],
    ["grant select, update on shelves to app"],
    ["begin"],
    ["update shelves set quantity = 0 where shelf = 7"],
  );
  billing.send("update stock set quantity = quantity - $1 where item = $2", 1, 201);
  release.send("update stock set name = $1 where item = $2", "item 202 (new)", 202);
  otherRelease.send("alter role deploy set lock_timeout = '10s'");
  picking.send("update shelves set quantity = quantity - $1 where shelf = $2", 4, 7);
}

async function shortChain(stage: Stage): Promise<void> {
  const open = (application: string) => stage.session("billing-1", { user: "billing_job", application });
  const [closing, billing, dunning] = [
    await open("month-end"),
    await open("billing-job"),
    await open("dunning"),
  ];
  await closing.run(["begin"], ["update invoices set amount = round(amount, 1) where id = 501"]);
  await billing.run(["begin"], ["update invoices set paid = true where id = 502"]);
  closing.send(
    `select date_trunc('month', issued), sum(amount) from invoices
  cross join (select pg_sleep($1)) as slow_disk group by 1`,
    beyondTheDemo,
  );
  billing.send("update invoices set paid = true where id = $1", 501);
  dunning.send("update invoices set amount = amount + $1 where id = $2", 5, 502);
}

/** The transaction manager that prepared it has crashed and forgotten it. */
async function preparedRoot(stage: Stage): Promise<void> {
  const payments = await stage.session("billing-1", { user: "billing_job", application: "payments" });
  await payments.run(
    ["begin"],
    ["update invoices set paid = true where id = 601"],
    ["prepare transaction 'payment-601'"],
  );
  const refunds = await stage.session("billing-1", { user: "billing_job", application: "refunds" });
  refunds.send("update invoices set amount = $1 where id = $2", 0, 601);
}

async function alterTableQueue(stage: Stage): Promise<void> {
  const report = await stage.session("reports", { user: "reporting", application: "metabase" });
  report.send(
    `select page, count(distinct visitor) from page_views
  cross join (select pg_sleep($1)) as slow_disk group by page order by 2 desc`,
    beyondTheDemo,
  );
  await stage.until("reports", sleeps(report.pid));
  const release = await stage.session("reports", { user: "deploy", application: "release-reports" });
  release.send("alter table page_views add column referrer text");
  await stage.until("reports", waitsForLock(release.pid));
  for (let reader = 1; reader <= 15; reader += 1) {
    const web = await stage.session("reports", { user: "web", application: `web-${reader}` });
    web.send("select count(*) from page_views where page = $1", `/page/${reader}`);
  }
}
