import type { DemoNode } from "./demo-node.ts";
import { runWorkloadClient, type WorkloadStep } from "./workload-client.ts";

/** What one client of the demo does again and again on a node. */
type Job = { readonly application: string; readonly round: () => readonly WorkloadStep[] };

const between = (low: number, high: number) => low + Math.random() * (high - low);
const anyCustomer = () => Math.floor(between(0, 500));
/** Item 1 is left to those who wait for one another. */
const anyItem = () => Math.floor(between(2, 201));

const placeOrder = `with placed as (
  insert into orders (item, customer, quantity) values ($1, $2, $3) returning item, quantity)
  update stock set quantity = stock.quantity - placed.quantity from placed where stock.item = placed.item`;
const shipOrders = `update orders set state = 'shipped' where id in (
  select id from orders where state = 'new' order by id limit 10 for update skip locked)`;
const archiveOrders = "delete from orders where id in (select id from orders order by id limit 8)";
const countStock = "update stock set quantity = quantity + 1 where item = 1";
const ordersOfCustomer = "select id, item, state from orders where customer = $1 order by id desc limit 20";
const ordersByState = `select state, count(*), sum(quantity) from orders
  cross join (select pg_sleep($1)) as slow_disk group by state`;
const issueInvoice = "insert into invoices (customer, amount) values ($1, $2)";
const payInvoices = `update invoices set paid = true where id in (
  select id from invoices where not paid order by issued limit 2)`;
const invoicesOfCustomer =
  "select id, amount, paid from invoices where customer = $1 order by issued desc limit 20";
const revenue = `select date_trunc('minute', issued) as minute, sum(amount) from invoices
  group by 1 order by 1 desc limit 30`;
const loadViews = `insert into page_views select '/page/' || n % 50, (random() * 1000)::integer
  from generate_series(1, 5) n`;
const forgetViews = "delete from page_views where seen < now() - interval '10 minutes'";
const popularPages = `select page, count(distinct visitor) from page_views
  cross join (select pg_sleep($1)) as slow_disk group by page order by 2 desc`;

const web = (application: string): Job => ({
  application,
  round: () => [[placeOrder, anyItem(), anyCustomer(), Math.ceil(between(0, 5))], between(500, 1000)],
});

/** Reads and leaves its transaction open while it does something else, for less than any threshold of the demo. */
const forgetful = (application: string, sql: string): Job => ({
  application,
  round: () => [["begin"], [sql, anyCustomer()], between(4_000, 12_000), ["commit"], between(5_000, 15_000)],
});

const loader: Job = {
  application: "loader",
  round: () => [[loadViews], [forgetViews], between(4_000, 6_000)],
};

const jobs: Readonly<Record<string, readonly Job[]>> = {
  "orders-1": [
    web("web-1"),
    web("web-2"),
    { application: "worker", round: () => [[shipOrders], [archiveOrders], between(1_500, 2_500)] },
    forgetful("web-3", ordersOfCustomer),
    // The inventory holds a row that the checkout wants, too shortly to be seen waiting at two refreshes in a row.
    { application: "inventory", round: () => [["begin"], [countStock], 900, ["commit"], 9_000] },
    { application: "checkout", round: () => [[countStock], between(1_000, 2_000)] },
  ],
  "orders-2": [
    { application: "web-1", round: () => [[ordersOfCustomer, anyCustomer()], between(500, 1_000)] },
  ],
  "orders-3": [
    // Replay may wait for as long as it reads.
    { application: "metabase", round: () => [[ordersByState, between(2, 6)], between(2_000, 6_000)] },
    { application: "web-2", round: () => [[ordersOfCustomer, anyCustomer()], between(500, 1_000)] },
  ],
  "billing-1": [
    {
      application: "billing",
      round: () => [[issueInvoice, anyCustomer(), 49], [payInvoices], between(800, 1_600)],
    },
    forgetful("accounting", invoicesOfCustomer),
  ],
  "billing-2": [{ application: "metabase", round: () => [[revenue], between(2_000, 5_000)] }],
  reports: [
    loader,
    { application: "nightly-report", round: () => [[popularPages, between(6, 20)], between(3_000, 9_000)] },
  ],
};

/** Starts the clients of every node; a node that is not in the list above only loads a little. */
export function startDemoWorkload(nodes: readonly DemoNode[], signal: AbortSignal): void {
  for (const node of nodes) startDemoClients(node, signal);
}

/** Starts the clients of one node, or of another one on it. */
export function startDemoClients(node: DemoNode, signal: AbortSignal, as = node.name): void {
  const { host, port, database } = node;
  for (const job of jobs[as] ?? [loader]) {
    const work = { host, port, database, ...job };
    node.up.then(() => runWorkloadClient(work, signal)).catch(() => {}); // a node that never came up has no clients
  }
}
