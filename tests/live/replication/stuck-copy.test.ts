import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { openScratch, type Scratch } from "../../../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { logicalPair } from "../../support/servers/logical-pair.ts";
import { binariesOf, installMajors } from "../../support/servers/majors.ts";
import { until } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";

const { found } = await installMajors();

describe.each([10, 18].filter((major) => found.includes(major)))("PostgreSQL %d", (major) => {
  let scratch: Scratch;
  let publisher: ThrowawayServer;
  let subscriber: ThrowawayServer;

  beforeAll(async () => {
    scratch = await openScratch("test", binariesOf(major));
    // Between two attempts no worker copies.
    ({ publisher, subscriber } = await logicalPair(scratch, { wal_retrieve_retry_interval: "2s" }));
  });
  afterAll(() => scratch.destroy(), 30_000);

  const target = ({ port }: ThrowawayServer) =>
    `postgres://monitor@127.0.0.1:${port}/postgres?sslmode=disable`;
  async function shown(view: string) {
    const servers = [publisher, subscriber].map(target);
    const { stdout } = await runProgram(["show", view, "--format", "json", ...servers]);
    const { nodes } = JSON.parse(stdout) as { nodes: { rows?: Record<string, unknown>[] }[] };
    return nodes.flatMap(({ rows }) => rows ?? []);
  }
  const copyOf = async (table: string) =>
    (await shown("subscription_tables")).find(({ relname }) => relname === `public.${table}`);

  test("a table whose first copy fails again and again says so, and so does its subscription", async () => {
    await publisher.query("create table public.priced (price int primary key)");
    await publisher.query("insert into public.priced values (-5)");
    await publisher.query("alter publication shop add table public.priced");
    await subscriber.query(
      "create table public.priced (price int primary key constraint cheap check (price > 0))",
    );
    const conninfo = `host=${scratch.socketDirectory} port=${publisher.port} dbname=postgres`;
    await subscriber.query(`create subscription feed connection '${conninfo}' publication shop`);
    const errors = major >= 15 ? "; copy errors of its subscription so far: \\d+" : "";
    await until(async () => {
      const issue = (await copyOf("priced"))?.["issue"];
      return typeof issue === "string" && new RegExp(`^its copy broke off${errors}$`).test(issue);
    });
    await until(async () => (await copyOf("orders"))?.["srsubstate"] === "ready");
    expect((await copyOf("orders"))?.["issue"]).toBeNull();
    const why = new RegExp(`^public\\.priced is not copied: its copy broke off${errors}$`);
    await until(async () => why.test(String((await shown("subscriptions"))[0]?.["issue"])));
    await until(async () => {
      const edge = (await shown("topology")).find(({ subname }) => subname === "feed");
      return (edge?.["problems"] as string[] | undefined)?.some((problem) => why.test(problem));
    });
    // Nobody tries to copy for a subscription that is disabled.
    await subscriber.query("alter subscription feed disable");
    await until(async () => (await copyOf("priced"))?.["issue"] === null);
    await subscriber.query("alter table public.priced drop constraint cheap");
    await subscriber.query("alter subscription feed enable");
    await until(async () => (await copyOf("priced"))?.["srsubstate"] === "ready");
    // That its worker has begun again is another matter.
    expect(String((await shown("subscriptions"))[0]?.["issue"])).not.toContain("not copied");
  });
});
