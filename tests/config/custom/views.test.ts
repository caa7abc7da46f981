import { describe, expect, test } from "bun:test";
import { commands } from "../../../src/commands/all.ts";
import { decode, mostForeignRows } from "../../../src/views/decode.ts";
import type { AskedView } from "../../../src/views/view.ts";
import { problemsOf, settingsOf } from "../config-file.ts";

const queue = `nodes: {}
views:
  queue:
    title: Jobs that wait
    sql: select name, lag, waiting from app.queues;
    columns:
      name: text
      lag: { kind: seconds, header: BEHIND, about: age of the oldest job, warning: 30s, critical: 5min }
      waiting: { kind: count, width: 9, priority: 2, warning: 10k }
    key: name
    sort: -lag
    every: 5s
`;

/** The only view of the file. */
function viewOf(text: string): AskedView {
  const [view] = settingsOf(text).views;
  if (!view) throw new Error("the file has no view");
  return view;
}

/** The file above with one line of the view in another form. */
const withLine = (line: RegExp, other: string) => queue.replace(line, other);

describe("a view of the config", () => {
  test("is a view like any other", () => {
    const view = viewOf(queue);
    expect(view).toMatchObject({
      kind: "asked",
      name: "queue",
      title: "Jobs that wait",
      scope: "server",
      runsOn: "any",
      rowKey: ["name"],
      sortBy: "-lag",
      everyMs: 5000,
      fromConfig: true,
      sql: { 100000: "select name, lag, waiting from app.queues" },
    });
    const { lag, waiting, name } = view.columns;
    expect(lag).toMatchObject({ header: "BEHIND", kind: "seconds", about: "age of the oldest job" });
    expect([29, 30, 300].map((value) => lag?.severity?.(value, {}))).toEqual(["ok", "warning", "critical"]);
    expect(waiting?.severity?.(10_000n, {})).toBe("warning");
    expect(waiting).toMatchObject({ maxWidth: 9, priority: 2, header: "WAITING" });
    expect(name).toMatchObject({ kind: "text", header: "NAME" });
  });

  test("shows a moment whole, as wide as its date and time unless it says otherwise", () => {
    const columns = "{ a: epoch, b: { kind: epoch, width: 10 } }";
    const view = viewOf(`nodes: {}\nviews: { one: { sql: "select 1 as a, 2 as b", columns: ${columns} } }`);
    expect(view.columns["a"]?.maxWidth).toBe("2026-11-27 20:20:01Z".length);
    expect(view.columns["b"]?.maxWidth).toBe(10);
  });

  test("has a default for what it does not say", () => {
    const view = viewOf("nodes: {}\nviews: { one: { sql: select 1 as a, columns: { a: integer } } }");
    expect(view).toMatchObject({ title: "one", rowKey: [], sortBy: "a", everyMs: 15_000, section: "own" });
  });

  test("has a statement for each lowest version, and may be of each database", () => {
    const sql = 'sql: { 10: "select 1 as a", 14: "select 2 as a" }';
    const view = viewOf(
      `nodes: {}\nviews: { v: { ${sql}, columns: { a: integer }, key: [a], scope: database, deadline: 2s } }`,
    );
    expect(view.sql).toEqual({ 100000: "select 1 as a", 140000: "select 2 as a" });
    expect(view).toMatchObject({ rowKey: ["database", "a"], scope: "database", deadlineMs: 2000 });
  });

  test("with a warning above what is critical gets worse the less it is", () => {
    const column = "{ kind: percent, warning: 20%, critical: 5% }";
    const { left } = viewOf(
      `nodes: {}\nviews: { v: { sql: select 1 as left, columns: { left: ${column} } } }`,
    ).columns;
    expect([50, 20, 5].map((value) => left?.severity?.(value, {}))).toEqual(["ok", "warning", "critical"]);
  });

  test("that stays the same in an edit is the same value", () => {
    const other = queue.replace("nodes: {}", "nodes: {}\ntheme: light");
    expect(viewOf(other)).toBe(viewOf(queue));
    expect(viewOf(withLine(/every: 5s/, "every: 6s"))).not.toBe(viewOf(queue));
  });
});

describe("a mistake in a view is told with its line and column", () => {
  test.each([
    [
      withLine(/name: text/, "name: txt"),
      "FILE:7:13: views.queue.columns.name: expected one of text, integer, count",
    ],
    [
      withLine(/kind: count/, "kind: interval"),
      "FILE:9:24: views.queue.columns.waiting.kind: expected one of text",
    ],
    [
      withLine(/key: name/, "key: nam"),
      "FILE:10:10: views.queue.key: expected a column of the view, found nam. Did you mean name?",
    ],
    [
      withLine(/key: name/, "key: [name, lagg]"),
      "FILE:10:17: views.queue.key.1: expected a column of the view, found lagg. Did you mean lag?",
    ],
    [
      withLine(/sort: -lag/, "sort: -leg"),
      "FILE:11:11: views.queue.sort: expected a column of the view, found leg. Did you mean lag?",
    ],
    [
      withLine(/every: 5s/, "every: 500ms"),
      "FILE:12:12: views.queue.every: expected a time with its unit from 1s",
    ],
    [
      withLine(/every: 5s/, "evry: 5s"),
      "FILE:12:5: views.queue: expected a known option, found evry. Did you mean every?",
    ],
    [withLine(/every: 5s/, "scope: node"), "views.queue.scope: expected one of server, database, found node"],
    [withLine(/every: 5s/, "runs_on: both"), "views.queue.runs_on: expected one of any, primary, standby"],
    [withLine(/every: 5s/, "deadline: 1h"), "views.queue.deadline: expected a time with its unit"],
    [
      withLine(/sql: .*/, "sql: update app.queues set lag = 0"),
      "FILE:5:10: views.queue.sql: expected one statement that only reads, found one that begins with UPDATE",
    ],
    [
      withLine(/sql: .*/, "sql: select 1; select 2"),
      "views.queue.sql: expected one statement that only reads, found more than one",
    ],
    [withLine(/sql: .*/, "sql: select 1 where $1"), "found one with a parameter ($1)"],
    [
      withLine(/sql: .*/, "sql: with x as (delete from t returning 1) select 1"),
      "found one that writes: DELETE",
    ],
    [withLine(/sql: .*/, "sql: select * from t for update"), "found one that writes: a lock of rows"],
    [withLine(/sql: .*/, "sql: select * into t from u"), "found one that writes: SELECT INTO"],
    [
      withLine(/sql: .*/, "sql: select pg_terminate_backend(1)"),
      "found one that acts on the server: pg_terminate_backend()",
    ],
    [withLine(/sql: .*/, "sql: select nextval('s')"), "found one that acts on the server: nextval()"],
    [withLine(/sql: .*/, "sql: -- nothing"), "found none"],
    [withLine(/sql: .*/, "sql: ''"), "views.queue.sql: expected a statement of"],
    [
      withLine(/sql: .*/, "sql: { 9: select 1 }"),
      "FILE:5:12: views.queue.sql.9: expected a major version from 10, found 9",
    ],
    [
      withLine(/sql: .*/, "sql: { 10: select 1, 14: drop table t }"),
      "FILE:5:30: views.queue.sql.14: expected one statement that only reads, found one that begins with DROP",
    ],
    [withLine(/ {4}sql: .*\n/, ""), "views.queue.sql: expected a statement of"],
    [
      withLine(/warning: 30s/, "warning: 30"),
      "views.queue.columns.lag.warning: expected a time with its unit, or off, found 30",
    ],
    [
      withLine(/name: text/, "name: { kind: text, warning: 1 }"),
      "expected no level, found one for a column of text",
    ],
    [
      withLine(/header: BEHIND/, `header: ${"X".repeat(31)}`),
      "views.queue.columns.lag.header: expected a heading of 30 characters",
    ],
    [
      withLine(/width: 9/, "width: 0"),
      "views.queue.columns.waiting.width: expected a whole number from 1 to 500",
    ],
    [
      withLine(/header: BEHIND/, "headr: BEHIND"),
      "views.queue.columns.lag: expected a known option, found headr. Did you mean header?",
    ],
    [
      withLine(/name: text/, "node: text"),
      "FILE:7:7: views.queue.columns.node: expected another name, found node, which every row has",
    ],
    [
      withLine(/name: text/, "name: per_second\n      name_per_second: text"),
      "columns.name_per_second: expected another name, found name_per_second, the rate of a counter in JSON",
    ],
    [withLine(/name: text/, '"a b": text'), "expected a name without blanks"],
    [withLine(/columns:\n( {6}.*\n)+/, "columns: {}\n"), "views.queue.columns: expected at least one column"],
    [
      withLine(/columns:\n( {6}.*\n)+/, "columns: [name]\n"),
      "views.queue.columns: expected a map of options, found a list",
    ],
    [
      withLine(/ queue:/, " activity:"),
      "FILE:3:3: views.activity: expected a name of its own, found activity, a view of pgparade",
    ],
    [
      withLine(/ queue:/, " sessions:"),
      "views.sessions: expected a name of its own, found sessions, which means something else behind :",
    ],
    [withLine(/ queue:/, " quit:"), "views.quit: expected a name of its own"],
    [withLine(/ queue:/, " Queue:"), "views.Queue: expected a name of lower-case letters"],
    ["nodes: {}\nviews: [a]\n", "FILE:2:8: views: expected a map of options, found a list"],
    ["nodes: {}\nviews: { a: select 1 }\n", "views.a: expected a map of options, found other text"],
    ["nodes: {}\nview: {}\n", "FILE:2:1: expected a known option, found view. Did you mean views?"],
    [
      "nodes: {}\nviews:\n  a: { sql: select 1 as a, columns: { a: integer } }\n  a: {}\n",
      "FILE:4:3: views: expected each name once",
    ],
  ])("%#", (text, problem) => {
    expect(problemsOf(text).join("\n")).toContain(problem);
  });

  test("and those of all views are told at once, none with the statement", () => {
    const text = `nodes: {}
views:
  a: { sql: "drop table secret_of_ours", columns: { a: integer } }
  b: { sql: select 1 as b, columns: { b: nonsense } }
  c: { sql: select 1 as c, columns: { c: integer }, key: d }
`;
    const problems = problemsOf(text);
    expect(problems.map((line) => line.split(": ")[0])).toEqual(["FILE:3:13", "FILE:4:42", "FILE:5:58"]);
    expect(problems.join("\n")).not.toContain("secret_of_ours");
  });

  test("no statement that only reads is refused for its words", () => {
    const statements = [
      "select 'delete from t; update u set v' as a -- insert into",
      'select "update" as a from "into"',
      "(select 1 as a)",
      "with x as (select 1 as a) select a from x;",
      "values (1)",
      "select $$; $1 into$$ as a /* ; drop /* table */ t */ ; ",
      "select count(*) as a from t where updated_at > offset_at",
    ];
    const views = statements.map(
      (sql, at) => `  v${at}: { sql: ${JSON.stringify(sql)}, columns: { a: integer } }`,
    );
    expect(problemsOf(`nodes: {}\nviews:\n${views.join("\n")}\n`)).toEqual([]);
  });

  test("no command may be hidden by a view", () => {
    const words = new Set(commands.flatMap(({ name, aliases = [] }) => [name, ...aliases]));
    const views = Array.from(words, (word) => `  "${word}": { sql: select 1 as a, columns: { a: integer } }`);
    const told = problemsOf(`nodes: {}\nviews:\n${views.join("\n")}\n`);
    const lines = new Set(told.map((line) => line.split(":")[1]));
    expect(lines.size).toBe(words.size);
  });
});

describe("an answer that is not what the config says", () => {
  const view = viewOf(queue);
  const fields = ["name", "lag", "waiting"];
  const whyOf = (answer: Parameters<typeof decode>[1]) => {
    try {
      return decode(view, answer, 180000);
    } catch (cause) {
      return String(cause);
    }
  };

  test.each([
    [{ fields: ["name", "waiting"], rows: [] }, "the statement gives no column lag; it gives name, waiting"],
    [
      { fields: [...fields, "x"], rows: [] },
      "gives a column x that the view does not have; the view has name, lag",
    ],
    [{ fields: [...fields, "lag"], rows: [] }, "gives a column lag twice"],
    [{ fields, rows: [["a", "00:00:05", "1"]] }, "the value of lag is not of its kind, seconds: 00:00:05"],
    [{ fields, rows: [["a", "1", "-1"]] }, "the value of waiting is not of its kind, count: -1"],
    [
      {
        fields,
        rows: [
          ["a", "1", "1"],
          ["a", "2", "2"],
        ],
      },
      "the key name is the same in several rows",
    ],
    [
      { fields, rows: Array.from({ length: mostForeignRows + 1 }, (_, at) => [String(at), "1", "1"]) },
      "the statement gives 5001 rows; 5000 are the most",
    ],
  ])("%#", (answer, why) => {
    expect(whyOf(answer)).toContain(why);
  });

  test("is not one that has the columns in another order, or nothing", () => {
    expect(whyOf({ fields: ["waiting", "name", "lag"], rows: [["7", "a", "1.5"]] })).toEqual([
      { name: "a", lag: 1.5, waiting: 7n },
    ]);
    expect(whyOf({ fields, rows: [] })).toEqual([]);
  });

  test("is one of several rows where no key tells them apart", () => {
    const one = viewOf("nodes: {}\nviews: { one: { sql: select 1 as a, columns: { a: number } } }");
    expect(() => decode(one, { fields: ["a"], rows: [["1"], ["2"]] }, 180000)).toThrow(
      "without a key it may give one",
    );
    expect(decode(one, { fields: ["a"], rows: [["-1.5"]] }, 180000)).toEqual([{ a: -1.5 }]);
  });
});
