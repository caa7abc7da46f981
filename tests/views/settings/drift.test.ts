import { describe, expect, test } from "bun:test";
import { tableOf } from "../../../src/store/table.ts";
import { differenceOf } from "../../../src/views/settings/differences.ts";
import { drift } from "../../../src/views/settings/drift.ts";
import type { Row } from "../../../src/views/view.ts";
import {
  cluster,
  facts,
  node,
  observed,
  okSample,
  standby,
  stateOf,
} from "../../support/screens/fixtures.ts";
import { at, draw } from "../../support/screens/screens.tsx";

const setting = (name: string, value: string | null, more: Row = {}): Row => ({
  ...{ name, value, source: "configuration file", pending_restart: false, of_session: value === null },
  ...more,
});

type Server = {
  readonly name: string;
  readonly settings?: readonly Row[] | null;
  readonly roles?: readonly string[];
  readonly databases?: readonly string[];
  readonly extensions?: readonly (readonly [name: string, version: string | null])[];
  readonly version?: string;
  readonly versionNum?: number;
  readonly isStandby?: boolean;
  readonly readsAllSettings?: boolean;
};

/** What is known of servers in clusters. */
function fleet(clusters: Readonly<Record<string, readonly Server[]>>) {
  const all = Object.values(clusters).flat();
  const answers = (of: (one: Server) => readonly Row[] | null) =>
    Object.fromEntries(
      all.flatMap((one) => {
        const rows = of(one);
        return rows ? [[one.name, okSample(rows)]] : [];
      }),
    );
  const nodes = all.map((one) => {
    const { name, isStandby = false, version = "18.4", versionNum = 180_004, readsAllSettings = true } = one;
    const known = facts({ inRecovery: isStandby, version, versionNum, readsAllSettings });
    return (isStandby ? standby : node)(name, { facts: known });
  });
  const groups = Object.entries(clusters).map(([name, members]) =>
    cluster(
      name,
      members.map((one, depth) => ({ name: one.name, depth })),
    ),
  );
  return observed(nodes, groups, {
    settings: answers(({ settings = [] }) => settings),
    roles: answers(({ roles = ["postgres"] }) =>
      roles.map((rolname) => ({ rolname, rolcanlogin: true, rolsuper: rolname === "postgres", roles: 1 })),
    ),
    databases: answers(({ databases = ["postgres"] }) =>
      databases.map((datname) => ({ datid: 5, datname, datistemplate: false })),
    ),
    extensions: answers(({ extensions = [] }) =>
      extensions.map(([extname, extversion]) => ({
        ...{ database: "postgres", extname, extversion, default_version: "1.2" },
      })),
    ),
  });
}

const look = { filter: "", sortBy: null, folded: new Set<string>() };
const rowsOf = (seen: ReturnType<typeof fleet>, names = Object.keys(seen.nodes)) =>
  tableOf(drift, seen, names, look).lines.map(({ row }) => row);
const words = (rows: readonly Row[]) =>
  rows.map(
    ({ rank, kind, name, odd, value, usual }) => `${rank} ${kind} ${name}: ${odd} ${value} (${usual})`,
  );

describe("values of several nodes", () => {
  const of = (...values: (string | null)[]) => new Map(values.map((value, n) => [`n${n + 1}`, value]));

  test("differ from what most have", () => {
    expect(differenceOf(of("a", "b", "a"), null)).toMatchObject({ usual: "a", odd: ["n2"], unknown: [] });
  });

  test("are not odd where as many have the one as the other, but beside the primary", () => {
    expect(differenceOf(of("a", "b"), null)).toMatchObject({ usual: null, odd: ["n1", "n2"] });
    expect(differenceOf(of("a", "b"), "n2")).toMatchObject({ usual: "b", odd: ["n1"] });
  });

  test("are not the same as what is unknown, and do not differ from it", () => {
    expect(differenceOf(of("a", null, "a"), null)).toBeNull();
    expect(differenceOf(of("a", null, "b", "b"), null)).toMatchObject({ odd: ["n1"], unknown: ["n2"] });
  });
});

const twenty = (odd: (n: number) => Partial<Server>) =>
  fleet({
    orders: Array.from({ length: 20 }, (_, at) => ({
      name: `orders-${at + 1}`,
      settings: [setting("work_mem", "4MB"), setting("shared_buffers", "1GB")],
      isStandby: at > 0,
      ...odd(at + 1),
    })),
  });

test("of twenty nodes the odd one is named, at 80 columns and at 200", () => {
  const seen = twenty((n) =>
    n === 13 ? { settings: [setting("work_mem", "64MB"), setting("shared_buffers", "2GB")] } : {},
  );
  expect(words(rowsOf(seen))).toEqual([
    "2 setting work_mem: orders-13 64MB (4MB)",
    "5 setting shared_buffers: orders-13 2GB (1GB)",
  ]);
  const place = at({ kind: "view", view: "drift", scope: { kind: "all" } });
  const [narrow, wide] = [80, 200].map((columns) => draw(stateOf(seen, { columns, ...place })).join("\n"));
  expect(narrow).toMatch(/orders-13 +setting +work_mem +64MB +4MB/);
  expect(wide).toMatch(
    /orders-13 .*work_mem .*4MB: orders-1, orders-2, orders-3 and 16 more; 64MB: orders-13/,
  );
});

test("a standby with less than it needs to replay leads, behind what waits for a restart", () => {
  const held = (connections: string, more: readonly Row[] = []) => [
    setting("max_connections", connections),
    ...more,
  ];
  const waiting = setting("wal_level", "replica", { pending_restart: true, pending_value: "logical" });
  const seen = fleet({
    orders: [
      { name: "a", settings: held("200", [setting("wal_level", "replica"), setting("jit", "on")]) },
      { name: "b", settings: held("50", [waiting, setting("jit", "off")]), isStandby: true },
    ],
  });
  expect(words(rowsOf(seen))).toEqual([
    "0 restart wal_level: b replica, then logical (null)",
    "1 setting max_connections: b 50 (200)",
    "2 setting jit: b off (on)",
  ]);
});

test("what waits is told by both values, also empty or hidden ones, and not where it was taken back", () => {
  const waits = (value: string, pending_value: string | null) =>
    setting("restore_command", value, { pending_restart: true, pending_value });
  const told = (one: Row) => words(rowsOf(fleet({ orders: [{ name: "a", settings: [one] }] })));
  expect(told(waits("", "cp %f %p"))).toEqual(["0 restart restore_command: a '', then cp %f %p (null)"]);
  expect(told(waits("", "(hidden)"))).toEqual(["0 restart restore_command: a '', then (hidden) (null)"]);
  expect(told(waits("(hidden)", null))).toEqual([
    "0 restart restore_command: a (hidden), then unknown (null)",
  ]);
  expect(told(waits("8", "8"))).toEqual([]);
  const empty = fleet({
    orders: [
      { name: "a", settings: [setting("archive_command", "")] },
      { name: "b", settings: [setting("archive_command", "cp")] },
    ],
  });
  expect(rowsOf(empty)[0]?.["groups"]).toBe("'': a; cp: b");
});

test("what a place, a part or our session makes different is no drift", () => {
  const own = (n: number) =>
    ["port", "cluster_name", "primary_conninfo", "data_directory", "max_standby_streaming_delay"].map(
      (name) => setting(name, `${n}`),
    );
  const seen = fleet({
    orders: [1, 2, 3].map((n) => ({
      name: `n${n}`,
      settings: [
        ...own(n),
        setting("statement_timeout", n === 1 ? "5min" : null),
        setting("ssl_cert_file", `${n}`),
      ],
    })),
  });
  expect(rowsOf(seen)).toEqual([]);
});

test("what a node may not tell or has not answered is unknown in what differs, and makes nothing differ", () => {
  const held = [setting("work_mem", "4MB"), setting("session_preload_libraries", "a")];
  const seen = fleet({
    orders: [
      { name: "a", settings: held },
      { name: "b", settings: [setting("work_mem", "8MB")], readsAllSettings: false },
      { name: "c", settings: null },
      { name: "d", settings: held },
    ],
  });
  const rows = rowsOf(seen);
  expect(words(rows)).toEqual(["2 setting work_mem: b 8MB (4MB)"]);
  expect(rows[0]).toMatchObject({ unknown: "c", unknown_nodes: ["c"] });
});

test("between majors only what both have is compared, and not the defaults of each", () => {
  const at17 = [
    setting("io_method", "sync"),
    setting("jit", "off"),
    setting("track_io", "a", { source: "default" }),
  ];
  const at16 = [setting("jit", "on"), setting("track_io", "b", { source: "default" })];
  const one = (name: string, versionNum: number, settings: readonly Row[]) => ({
    [name]: [{ name, versionNum, settings }],
  });
  const seen = fleet({
    ...one("a", 170_000, at17),
    ...one("b", 160_000, at16),
    ...one("c", 160_000, at16),
    ...one("d", 160_000, at16),
  });
  expect(words(rowsOf(seen))).toEqual(["3 setting jit: a off (on)"]);
});

test("over the fleet a missing object is odd where most have it, and one that few have is their own", () => {
  const have = {
    roles: ["postgres", "backup"],
    databases: ["postgres"],
    extensions: [["pgaudit", "1.1"]] as const,
  };
  const seen = fleet({
    a: [{ name: "a", ...have, databases: ["postgres", "only_here"] }],
    b: [{ name: "b", ...have }],
    c: [{ name: "c", ...have, roles: ["postgres", "backup", "shop"] }],
    d: [{ name: "d", ...have, roles: ["postgres"], extensions: [] }],
  });
  expect(words(rowsOf(seen))).toEqual([
    "3 extension pgaudit: d absent (present)",
    "3 role backup: d absent (login)",
  ]);
  // A node is shown with what concerns it, compared with all the others.
  expect(words(rowsOf(seen, ["d"]))).toHaveLength(2);
});

test("in a cluster versions, files of extensions, roles and databases are compared as well", () => {
  const have = {
    databases: ["postgres", "app"],
    roles: ["postgres", "app"],
    extensions: [["hstore", "1.2"]] as const,
  };
  const seen = fleet({
    shop: [
      { name: "a", ...have },
      { name: "b", ...have },
      { name: "c", version: "18.3 (Debian 18.3-1)", extensions: [["citext", null]] },
    ],
  });
  expect(words(rowsOf(seen)).toSorted()).toEqual([
    "2 database app: c absent (present)",
    "2 extension hstore: c absent (1.2)",
    "2 files hstore: c no files (1.2)",
    "2 role app: c absent (login)",
    "2 version server_version: c 18.3 (18.4)",
  ]);
});
