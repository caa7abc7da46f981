import { describe, expect, test } from "bun:test";
import pg from "pg";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { sampleView } from "../../../src/services/watch/sampling.ts";
import { indexes } from "../../../src/views/storage/indexes.ts";
import type { AskedView, Row } from "../../../src/views/view.ts";
import { binariesOf, installMajors } from "../../support/servers/majors.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { type Servers, serversForTests, until } from "../../support/servers/servers.ts";

const { found } = await installMajors();
const majors = found.filter((major) => major === found[0] || major === found.at(-1));
const viewOptions = { idle: true, wholeText: true };

/** The rows of a view as a role sees them, and what the view says to be unknown. */
async function seen(server: ThrowawayServer, view: AskedView, user: "bare" | "monitor") {
  const manager = new ConnectionManager();
  manager.add(nodeSettings(server, { connection: { user } }));
  try {
    const sample = await sampleView(manager, server.name, view, { viewOptions });
    if (sample.state !== "ok") throw new Error(sample.state === "failed" ? sample.error.message : sample.why);
    const named = (name: string): Row => sample.rows.find(({ indexrelname }) => indexrelname === name) ?? {};
    return { rows: sample.rows, named, notes: view.unknownIn?.(sample.rows) ?? [] };
  } finally {
    await manager.stop(0);
  }
}

async function clientOf({ socketDirectory: host, port }: ThrowawayServer): Promise<pg.Client> {
  const client = new pg.Client({ host, port, user: "postgres", database: "postgres" });
  await client.connect();
  return client;
}

/** Each index of one table with what makes it needless, by name; null for one that is needed. */
const twins: readonly (readonly [statement: string, name: string, twin: string | null])[] = [
  ["create index plain on t (c)", "plain", "redundant_with longer"],
  ["create index again on t (c)", "again", "duplicate_of plain"],
  ["create index longer on t (c, d)", "longer", null],
  ["create index of_unique on t (b)", "of_unique", "duplicate_of t_b_key"],
  ["create unique index unique_too on t (b)", "unique_too", "duplicate_of t_b_key"],
  ["create unique index unique_longer on t (b, d)", "unique_longer", null],
  ["create index falling on t (d desc)", "falling", null],
  ["create index nulls on t (d nulls first)", "nulls", null],
  ["create index rising on t (d)", "rising", null],
  ["create index lowered on t (lower(c))", "lowered", "redundant_with lowered_longer"],
  ["create index lowered_longer on t (lower( c ),  d)", "lowered_longer", null],
  ["create index upper on t (upper(c))", "upper", null],
  ["create index few on t (d) where a > 5", "few", null],
  ["create index few_too on t (d) where  a > 5", "few_too", "duplicate_of few"],
  ["create index fewer on t (d) where a > 6", "fewer", null],
  ["create index pattern on t (c text_pattern_ops)", "pattern", null],
  ['create index collated on t (c collate "POSIX")', "collated", null],
  ["create index hashed on t using hash (c)", "hashed", null],
  ["create index overlapping on x using gist (r)", "overlapping", "duplicate_of x_r_excl"],
  ["create index fine on t using brin (a) with (pages_per_range = 1)", "fine", null],
  ["create index coarse on t using brin (a) with (pages_per_range = 128)", "coarse", null],
  [
    "create index coarse_too on t using brin (a) with (autosummarize = on, pages_per_range = 128)",
    ...(["coarse_too", "duplicate_of coarse"] as const),
  ],
];

/** From 11. */
const included: typeof twins = [
  ["create index with_e on t (e) include (a)", "with_e", "redundant_with with_e_more"],
  ["create index with_e_more on t (e) include (d, a)", "with_e_more", null],
  ["create index with_e_key on t (e, a desc)", "with_e_key", null],
];

describe.each(majors)("PostgreSQL %d", (major) => {
  const binaries = binariesOf(major);
  const servers: Servers = serversForTests({
    settings: { autovacuum: "off" },
    ...(binaries && { binaries: async () => binaries }),
  });

  test("an index that another makes needless is named with it, and no other is", async () => {
    const server = await servers.lone("twins");
    await server.query("create table t (a int primary key, b int unique, c text, d int, e int)");
    await server.query("create table x (r int4range, exclude using gist (r with &&))");
    const all = [...twins, ...(major >= 11 ? included : [])];
    for (const [statement] of all) await server.query(statement);
    const { named, rows, notes } = await seen(server, indexes, "bare");
    const told = ({ duplicate_of, redundant_with }: Row) =>
      duplicate_of
        ? `duplicate_of ${duplicate_of}`
        : redundant_with
          ? `redundant_with ${redundant_with}`
          : null;
    expect(all.map(([, name]) => [name, told(named(name))])).toEqual(
      all.map(([, name, twin]) => [name, twin]),
    );
    for (const name of ["t_pkey", "t_b_key", "x_r_excl"]) expect(told(named(name))).toBeNull();
    expect(rows).toHaveLength(all.length + 3);
    expect(named("few_too")).toMatchObject({
      state: "valid",
      relname: "t",
      index_bytes: 8192n,
      indexdef: "CREATE INDEX few_too ON public.t USING btree (d) WHERE (a > 5)",
    });
    expect(named("t_pkey")).toMatchObject({ indisprimary: true, indisunique: true, indisvalid: true });
    expect(notes).toEqual([]);
  });

  test("scans are counted; an invalid index comes first, unless it is being built", async () => {
    const server = await servers.lone("twins");
    await server.query("create table i (n int); insert into i values (1), (1)");
    await server.query("create index scanned on i (n)");
    await server.query("create unique index concurrently broken on i (n)").catch(() => {});
    await server.query("set enable_seqscan = off; select from i where n = 1");
    const { named } = await until(async () => {
      const now = await seen(server, indexes, "bare");
      return now.named("scanned")["idx_scan"] === 1n && now;
    });
    expect(named("scanned")).toMatchObject({ idx_scan: 1n, idx_tup_read: 2n, rank: 0 });
    expect(named("scanned")["last_idx_scan"] === null).toBe(major < 16);
    expect(named("broken")).toMatchObject({ state: "invalid", indisvalid: false, rank: 4 });
    const { severity } = indexes.columns.state;
    expect(severity?.("invalid", named("broken"))).toBe("warning");

    const [holder, builder] = [await clientOf(server), await clientOf(server)];
    try {
      await server.query("create table b (n int)");
      await holder.query("begin; insert into b values (1)");
      const built = builder.query("create index concurrently slow on b (n)");
      const state = async (user: "bare" | "monitor") =>
        (await seen(server, indexes, user)).named("slow")["state"];
      const isTold = major >= 12;
      await until(async () => (await state("monitor")) === (isTold ? "building" : "invalid or building"));
      expect(await state("bare")).toBe("invalid or building");
      await holder.query("commit");
      await built;
      expect(await state("bare")).toBe("valid");
    } finally {
      await Promise.all([holder.end(), builder.end()]);
    }
  });

  test("a locked index is neither measured nor defined, and keeps nobody waiting", async () => {
    const server = await servers.lone("twins");
    for (const name of ["held", "indexed", "waited"])
      await server.query(`create table ${name} (n int primary key)`);
    const [holder, waiter, reader] = [await clientOf(server), await clientOf(server), await clientOf(server)];
    try {
      await holder.query("begin; lock table held; reindex index indexed_pkey");
      await reader.query("begin; select from waited");
      const waiting = waiter.query("begin; lock table waited").then(() => waiter.query("commit"));
      await until(async () => {
        const { named } = await seen(server, indexes, "bare");
        return named("waited_pkey")["index_bytes"] === null;
      });
      const { named } = await seen(server, indexes, "bare");
      for (const name of ["held_pkey", "indexed_pkey", "waited_pkey"])
        expect(named(name)).toMatchObject({ index_bytes: null, indexdef: null, state: "valid" });
      expect(named("t_pkey")["index_bytes"]).toBe(8192n);
      await reader.query("commit");
      await waiting;
    } finally {
      await Promise.all([holder.end(), waiter.end(), reader.end()]);
    }
  });
});
