import { describe, expect, test } from "bun:test";
import pg from "pg";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { sampleView } from "../../../src/services/watch/sampling.ts";
import { printValue } from "../../../src/views/cells.ts";
import { foreignKeys } from "../../../src/views/storage/foreign-keys.ts";
import { triggers } from "../../../src/views/storage/triggers.ts";
import type { AskedView, Row } from "../../../src/views/view.ts";
import { binariesOf, installMajors } from "../../support/servers/majors.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests } from "../../support/servers/servers.ts";

const { found } = await installMajors();
const majors = found.filter((major) => major === found[0] || major === found.at(-1));

/** The rows of a view as a bare role sees them. */
async function rowsOf(server: ThrowawayServer, view: AskedView): Promise<readonly Row[]> {
  const manager = new ConnectionManager();
  manager.add(nodeSettings(server, { connection: { user: "bare" } }));
  try {
    const sample = await sampleView(manager, server.name, view, {
      viewOptions: { idle: true, wholeText: true },
    });
    if (sample.state === "ok") return sample.rows;
    throw new Error(sample.state === "failed" ? sample.error.message : sample.why);
  } finally {
    await manager.stop(0);
  }
}

const keys = [
  "create table pk (id int primary key, x int, unique (id, x))",
  "create table bare (id int references pk, x int, foreign key (id, x) references pk (id, x))",
  "create table indexed (id int references pk)",
  "create index on indexed (id)",
  "create table swapped (a int, b int, c int, foreign key (a, b) references pk (id, x))",
  "create index on swapped (b, a, c)",
  'create table half ("a, b" int, b int, c int, foreign key ("a, b", b) references pk (id, x))',
  'create index on half ("a, b", c, b)',
  "create table not_null (id int references pk)",
  "create index on not_null (id) where id is not null",
  "create table few (id int references pk)",
  "create index on few (id) where id > 5",
  "insert into pk select n from generate_series(1, 100) as n",
  "insert into bare select n from generate_series(1, 100) as n",
];

/** Each partition has a constraint of its own (11), and so has each that is referenced (12). */
const partitioned = [
  "create table p (n int, k int references pk) partition by range (n)",
  "create table p1 partition of p for values from (1) to (5)",
  "create table p2 partition of p for values from (5) to (9)",
  "create table p3 partition of p for values from (9) to (12)",
  "create index on p3 (k)",
  "create table whole (n int primary key) partition by range (n)",
  "create table whole1 partition of whole for values from (1) to (5)",
  "create table whole2 partition of whole for values from (5) to (9)",
  "create table of_whole (n int references whole)",
];

const made = [
  "create function f() returns trigger language plpgsql as 'begin return new; end'",
  "create function e() returns event_trigger language plpgsql as 'begin end'",
  "create table t (id int primary key)",
  ...["off", "copied", "anyway", "usual"].map(
    (name) =>
      `create trigger ${name} before insert on t for each row when (new.id > 5) execute procedure f()`,
  ),
  "alter table t disable trigger off, enable replica trigger copied, enable always trigger anyway",
  "create rule nothing as on delete to t do instead nothing",
  "alter table t disable rule nothing",
  "create event trigger ddl on ddl_command_end execute procedure e()",
  "alter event trigger ddl disable",
  "create table child (id int constraint child_fk references t)",
  "alter table child disable trigger all",
];

describe.each(majors)("PostgreSQL %d", (major) => {
  const binaries = binariesOf(major);
  const servers = serversForTests(binaries ? { binaries: async () => binaries } : {});

  test("a foreign key is listed where no index begins with its columns, once for all partitions", async () => {
    const server = await servers.lone("constraints");
    for (const statement of [...keys, ...(major >= 12 ? partitioned : [])]) await server.query(statement);
    const rows = await rowsOf(server, foreignKeys);
    const listed = rows.map(({ relname, columns, partitions }) =>
      [relname, printValue(foreignKeys, "columns", { columns }), partitions].join(" ").trim(),
    );
    expect(listed.toSorted()).toEqual(
      [
        "bare id",
        "bare id,x",
        "few id",
        'half "a, b",b',
        ...(major >= 12 ? ["of_whole n", "p k 2"] : []),
      ].toSorted(),
    );
    expect(rows.find(({ columns }) => String(columns) === "id,x")).toMatchObject({
      ...{ referenced: "public.pk", on_delete: "no action", table_bytes: 8192n, convalidated: true },
      condef: "FOREIGN KEY (id, x) REFERENCES public.pk(id, x)",
    });
  });

  test("a trigger or rule that is off says so, and a foreign key that is not checked first", async () => {
    const server = await servers.lone("constraints");
    for (const statement of made) await server.query(statement);
    const rows = await rowsOf(server, triggers);
    const { severity } = triggers.columns.mode;
    expect(
      rows.map((row) => [row["kind"], row["name"], row["mode"], severity?.(String(row["mode"]), row)]),
    ).toEqual([
      ["foreign key", "child_fk", "disabled", "critical"],
      ["rule", "nothing", "disabled", "warning"],
      ["trigger", "off", "disabled", "warning"],
      ["event trigger", "ddl", "disabled", "warning"],
      ["trigger", "copied", "replica", "ok"],
      ["trigger", "anyway", "always", "ok"],
    ]);
    expect(rows[0]).toMatchObject({ relname: "child", effect: "rows that reference nothing can be written" });
    expect(rows[2]?.["definition"]).toStartWith("CREATE TRIGGER off BEFORE INSERT ON public.t");
  });

  test("a locked table keeps neither waiting", async () => {
    const server = await servers.lone("constraints");
    const { socketDirectory: host, port } = server;
    const holder = new pg.Client({ host, port, user: "postgres", database: "postgres" });
    await holder.connect();
    try {
      await holder.query("begin; lock table bare, t, pk");
      const bare = (await rowsOf(server, foreignKeys)).filter(({ relname }) => relname === "bare");
      expect(bare.map(({ table_bytes }) => table_bytes)).toEqual([null, null]);
      const ofT = (await rowsOf(server, triggers)).filter(({ relname }) => relname === "t");
      expect(ofT.map(({ definition }) => definition)).toEqual([null, null, null, null]);
    } finally {
      await holder.end();
    }
  });
});
