import { describe, expect, test } from "bun:test";
import { parseFilter, sortRows } from "../../src/stats/rows.ts";

type Row = Readonly<Record<string, unknown>>;

describe("sortRows", () => {
  const names = (rows: readonly Row[]) => rows.map((row) => row["name"]);

  test("numbers, big numbers and text in natural order, both ways", () => {
    const rows = [
      { name: "node10", retained: 2n ** 60n },
      { name: "node2", retained: 2n ** 60n + 1n },
      { name: "Node1", retained: 5 },
    ];
    expect(names(sortRows(rows, "name"))).toEqual(["Node1", "node2", "node10"]);
    expect(names(sortRows(rows, "-name"))).toEqual(["node10", "node2", "Node1"]);
    expect(names(sortRows(rows, "-retained"))).toEqual(["node2", "node10", "Node1"]);
  });

  test("rows without a value are last both ways, and equal rows keep their order", () => {
    const rows = [
      { name: "a", lag: null },
      { name: "b", lag: 1 },
      { name: "c", lag: Number.NaN },
      { name: "d", lag: 2 },
      { name: "e", lag: 1 },
      { name: "f" },
    ];
    expect(names(sortRows(rows, "lag"))).toEqual(["b", "e", "d", "a", "c", "f"]);
    expect(names(sortRows(rows, "-lag"))).toEqual(["d", "b", "e", "a", "c", "f"]);
    expect(names(rows)).toEqual(["a", "b", "c", "d", "e", "f"]);
  });

  test("yes and no, lists of pids", () => {
    const rows = [
      { name: "a", active: true, blockedBy: [] },
      { name: "b", active: false, blockedBy: [8017] },
      { name: "c", active: true, blockedBy: [912] },
    ];
    expect(names(sortRows(rows, "active"))).toEqual(["b", "a", "c"]);
    expect(names(sortRows(rows, "blockedBy"))).toEqual(["c", "b", "a"]);
  });
});

describe("parseFilter", () => {
  const columns = [
    { key: "node", header: "NODE", kind: "text" },
    { key: "state", header: "STATE", kind: "text" },
    { key: "wait", header: "WAIT", kind: "text" },
    { key: "query_seconds", header: "TIME", kind: "seconds" },
    { key: "query", header: "QUERY", kind: "query" },
    { key: "retained", header: "WAL kept", kind: "bytes" },
    { key: "sent_lsn", header: "SENT", kind: "lsn" },
    { key: "tps", header: "TX/s", kind: "perSecond" },
    { key: "active", header: "ACTIVE", kind: "bool" },
    { key: "client", header: "CLIENT", kind: "text", hidden: true },
  ];
  const rows: readonly Row[] = [
    {
      node: "orders-1",
      state: "active",
      wait: "Lock:transactionid",
      query_seconds: 41,
      query: "UPDATE stock",
      retained: 3n * 1024n ** 3n,
      sent_lsn: 0x3000000n,
      tps: 1500,
      active: true,
      client: "10.1.4.22",
    },
    {
      node: "orders-2",
      state: "idle in transaction",
      wait: null,
      query_seconds: 0.5,
      query: 'select "a>5s"',
      retained: 8192n,
      sent_lsn: 0x2000000n,
      tps: 90,
      active: false,
      client: "10.1.4.19",
    },
    {
      node: "reports",
      state: null,
      wait: null,
      query_seconds: null,
      query: "",
      retained: null,
      active: null,
    },
  ];
  const print = (row: Row, key: string) => String(row[key] ?? "–");

  function matched(text: string): unknown[] {
    const parsed = parseFilter(text, columns, "query_seconds");
    if (!parsed.ok) throw new Error(`${parsed.message} at ${parsed.position}`);
    return rows.filter((row) => parsed.filter(row, print)).map((row) => row["node"]);
  }

  const [first, second, third] = ["orders-1", "orders-2", "reports"];
  test.each([
    ["", [first, second, third]],
    ["   ", [first, second, third]],
    ["ORDERS", [first, second]],
    ["orders update", [first]],
    ["10.1.4", []],
    ["client:10.1.4", [first, second]],
    ["!orders", [third]],
    ["node:2", [second]],
    ["NODE:2", [second]],
    ["state:active", [first]],
    ["stat:idle", [second]],
    ["state=active", [first]],
    ["state=act", []],
    ['state:"idle in"', [second]],
    ['!state:"idle in"', [first, third]],
    ['"lock:trans"', [first]],
    ['wait:"lock:trans"', [first]],
    ["wait:lock:trans", [first]],
    ['"a>5s"', [second]],
    ['"select ""a"', [second]],
    [">5s", [first]],
    ["<=500ms", [second]],
    ["!>5s", [second, third]],
    [">0.6m", [first]],
    [">1min", []],
    ["query>5", [first]],
    ["time>=41s", [first]],
    ["time:>=41s", [first]],
    ["time:<1min !time:<1s", [first]],
    ["state:=active", [first]],
    ["state:=act", []],
    [":>5", []],
    ["query:update", [first]],
    ["retained>1GB", [first]],
    ["wal_kept<=8kb", [second]],
    ["wal>=3G", [first]],
    ["ret>8192", [first]],
    ["sent<0/3000000", [second]],
    ["tx/s>1k", [first]],
    ["tps_per_second>1k", [first]],
    ["active:yes", [first]],
    ["active:no", [second]],
    ["orders >0s state:idle", [second]],
    ["/ORD.*-1$/", [first]],
    ["!/orders-[12]/", [third]],
    ["/^(report|shop)/", [third]],
    ["state:/^idle/", [second]],
    ['/select "a/ idle', [second]],
    ["/a>5s/", [second]],
    ["/var/log", []],
    ["~o2", [second]],
    ["~rprt", [third]],
    ["~2o", []],
    ["state:~iitx !~zz", []],
    ["state:~iint", [second]],
    ["~", []],
  ])("%s", (text, nodes) => {
    expect(matched(text)).toEqual(nodes);
  });

  test.each([
    ['state:"idle', "quote", 6],
    ["orders /(/", "no regular expression", 7],
    ["state:/[/", "no regular expression", 0],
    ['orders "', "quote", 7],
    ["orders !", "missing", 8],
    ["orders stae:active", "no column stae", 7],
    ["s:1", "state or sent_lsn", 0],
    ['say"hi"', "whole value", 3],
    ["quer:select", "query_seconds or query", 0],
    ["node>5", "no column node", 0],
    ["time>soon", "a time, such as 5s", 0],
    ["tps>5constructor", "a number", 0],
    [">", "a time", 0],
    ["x wal>5s", "a size", 2],
  ] as const)("%s is refused with the place and a way out", (text, words, position) => {
    const parsed = parseFilter(text, columns, "query_seconds");
    expect(parsed).toMatchObject({ ok: false, position });
    expect(parsed.ok ? "" : parsed.message).toContain(words);
  });

  test("a moment is compared by how long ago it is, in whatever case and unit", () => {
    const at = [
      { key: "log_time", header: "TIME", kind: "epoch" },
      { key: "query", header: "QUERY", kind: "query" },
    ];
    const logged: readonly Row[] = [0, 60, 600, null].map((ago) => ({
      log_time: ago === null ? null : 1e9 - ago,
    }));
    const agesOf = (text: string) => {
      const parsed = parseFilter(text, at, null, () => 1e12);
      if (!parsed.ok) throw new Error(parsed.message);
      return logged.flatMap((row, index) => (parsed.filter(row, print) ? index : []));
    };
    expect(agesOf("time<5min")).toEqual([0, 1]);
    expect(agesOf("log_time>=1M")).toEqual([1, 2]);
    expect(agesOf("log>1h")).toEqual([]);
    expect(agesOf("time<60 !time<1s")).toEqual([]);
    expect(parseFilter("time>noon", at)).toMatchObject({
      message: "TIME is compared with how long ago it was, such as 5min",
    });
  });

  test("a bare comparison asks for a column where the view has no main duration", () => {
    expect(parseFilter(">5s", columns)).toEqual({
      ok: false,
      message: "say which column: name>5s",
      position: 0,
    });
  });

  test("no text makes it slow or throws", () => {
    for (const text of ['"'.repeat(9999), "!".repeat(9999), "a".repeat(99999), ">=<".repeat(9999)]) {
      expect(typeof parseFilter(text, columns).ok).toBe("boolean");
    }
  });
});
