import { describe, expect, test } from "bun:test";
import { bloat } from "../../../src/views/storage/bloat.ts";
import type { Row } from "../../../src/views/view.ts";
import { binariesOf, installMajors } from "../../support/servers/majors.ts";
import { sampledAs } from "../../support/servers/sampled.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";

const { found } = await installMajors();
const majors = found.filter((major) => [found[0], 13, found.at(-1)].includes(major));

const text = "select n, md5(n::text) from generate_series(1, 40000) as n";
const rows = "generate_series(1, 40000) as n";
const fresh = [
  "create table plain (id int primary key, a text)",
  `insert into plain ${text}`,
  "create table mixed (a bool, b bigint, c smallint, d text, e timestamptz, f int, g uuid, h jsonb, i text)",
  `insert into mixed select n % 2 = 0, n, 1, case when n % 3 = 0 then 'x' || n end, now(), n, md5(n::text)::uuid,
    json_build_object('n', n)::jsonb, null from ${rows}`,
  "create table wide (id int not null, a text)",
  "insert into wide select n, repeat(md5(n::text), 40) from generate_series(1, 4000) as n",
  "create table fixed (a smallint not null, b bigint not null, c bool not null, d int not null)",
  `insert into fixed select 1, n, true, n from ${rows}`,
  "create table dropped (a int, b text, c int)",
  "alter table dropped drop b",
  `insert into dropped select n, n from ${rows}`,
  "create table loose (id int primary key, a text) with (fillfactor = 70)",
  `insert into loose ${text}`,
  "create index few_keys on mixed (a)",
  "create index some_keys on mixed ((f % 100))",
  "create index with_nulls on mixed (d)",
  "create index several on mixed (c, f)",
];
const wasted = [
  "create table half (id int primary key, a text)",
  `insert into half ${text}`,
  "delete from half where id % 2 = 0",
];
const never = [
  "create table never (id int, a text) with (autovacuum_enabled = off)",
  "insert into never values (1, 'one')",
];

const ofHalf = (rows: readonly Row[]) => rows.find(({ relname }) => relname === "half");

describe.each(majors)("PostgreSQL %d", (major) => {
  const binaries = binariesOf(major);
  const servers = serversForTests(binaries ? { binaries: async () => binaries } : {});

  test("what is full is not called bloated, half of what has half of its rows is, and what is not known is unknown", async () => {
    const { primary, standbys } = await servers.cluster("bloat");
    for (const statement of [...fresh, ...wasted, ...never]) await primary.query(statement);
    for (const name of ["plain", "mixed", "wide", "fixed", "dropped", "loose", "half"])
      await primary.query(`vacuum analyze ${name}`);

    // The counters of a session come some time after it, before 15.
    const seen = await until(async () => {
      const sampled = await sampledAs(primary, "postgres", bloat);
      return typeof ofHalf(sampled.rows)?.["analyze_age"] === "number" && sampled;
    });
    const share = (name: string) => seen.rows.find(({ relname }) => relname === name)?.["bloat_share"];
    expect(seen.rows.length).toBe(15);
    for (const { relname, bloat_share } of seen.rows)
      if (!["half", "half_pkey", "never"].includes(String(relname)))
        expect([relname, Number(bloat_share) < 10]).toEqual([relname, true]);
    for (const name of ["half", "half_pkey"]) {
      expect(share(name)).toBeGreaterThan(40);
      expect(share(name)).toBeLessThan(60);
    }
    const half = ofHalf(seen.rows);
    expect(Number(half?.["bloat_bytes"]) / Number(half?.["relpages_bytes"])).toBeCloseTo(0.5, 1);
    expect(half?.["analyze_age"]).toBeGreaterThan(0);
    expect(seen.rows.find(({ relname }) => relname === "loose")?.["fillfactor"]).toBe(70);
    expect(seen.rows.find(({ relname }) => relname === "never")).toMatchObject({
      ...{ unknown: "never analyzed", bloat_bytes: null, bloat_share: null, relpages_bytes: null },
    });
    expect(seen.notes).toEqual(["1 of 15 rows have no estimate: never analyzed"]);

    const [standby] = standbys;
    if (!standby) throw new Error("no standby");
    const there = await until(async () => {
      const sampled = await sampledAs(standby, "postgres", bloat);
      return (
        sampled.rows.find(({ relname, bloat_share }) => relname === "half" && bloat_share !== null) && sampled
      );
    });
    expect(there.rows.find(({ relname }) => relname === "half")).toMatchObject({
      ...{ bloat_share: half?.["bloat_share"], analyze_age: null, n_mod_since_analyze: null },
    });
  });

  test("unlogged tables, which are empty on a standby, are left out there, and that is said", async () => {
    const { primary, standbys } = await servers.cluster("bloat");
    const [standby = primary] = standbys;
    for (const statement of [
      "create unlogged table fleeting (id int primary key)",
      "create table last_made ()",
    ])
      await primary.query(statement);
    await primary.query("insert into fleeting select n from generate_series(1, 4000) as n");
    await primary.query("vacuum analyze fleeting");
    const names = ({ rows }: { rows: readonly Row[] }) => rows.map(({ relname }) => String(relname));
    const here = await sampledAs(primary, "postgres", bloat);
    expect(names(here)).toEqual(expect.arrayContaining(["fleeting", "fleeting_pkey"]));
    const isSaid = (note: string) => note.includes("unlogged");
    expect(here.notes.some(isSaid)).toBe(false);
    const there = await until(async () => {
      const sampled = await sampledAs(standby, "postgres", bloat);
      return names(sampled).includes("last_made") && sampled;
    });
    expect(names(there).filter((name) => name.startsWith("fleeting"))).toEqual([]);
    expect(there.notes.filter(isSaid)).toEqual([
      "postgres: 2 unlogged tables and indexes are left out: a standby has no rows of them",
    ]);
    await primary.query("drop table fleeting, last_made");
  });

  test("a role without SELECT has no estimate where widths are needed, and is told the GRANT", async () => {
    const { primary } = await servers.cluster("bloat");
    const ofNames = async () => {
      const seen = await sampledAs(primary, "monitor", bloat);
      return { ...seen, of: (name: string) => seen.rows.find(({ relname }) => relname === name) };
    };
    const before = await ofNames();
    expect(before.of("half")).toMatchObject({ unknown: "privilege", bloat_bytes: null, bloat_share: null });
    // Columns of fixed width that are never null need no statistics.
    expect(before.of("fixed")).toMatchObject({ unknown: null });
    const grant =
      major >= 14
        ? "GRANT pg_read_all_data TO monitor"
        : "GRANT SELECT ON ALL TABLES IN SCHEMA public TO monitor (in postgres)";
    expect(before.notes.some((note) => note.endsWith(grant))).toBe(true);

    await primary.query(String(before.of("half")?.["needs"]));
    const after = await ofNames();
    expect(after.of("half")?.["bloat_share"]).toBeGreaterThan(40);

    await primary.query("alter table half enable row level security");
    expect((await ofNames()).of("half")).toMatchObject({ unknown: "row security", bloat_share: null });
  });
});
