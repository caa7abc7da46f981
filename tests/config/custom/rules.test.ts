import { describe, expect, test } from "bun:test";
import { standingDemand } from "../../../src/rules/all.ts";
import type { JudgedFleet, JudgedNode, Rule } from "../../../src/rules/rule.ts";
import { advance, standing } from "../../../src/stats/alerts.ts";
import type { Row } from "../../../src/views/view.ts";
import { problemsOf, settingsOf } from "../config-file.ts";

const own = `nodes: { a: host=a, b: host=b, c: host=c }
clusters: { shop: { nodes: [a, b] } }
views:
  queue:
    sql: select name, behind, waiting, state, held from app.queues
    columns: { name: text, behind: seconds, waiting: count, state: text, held: bool }
    key: name
rules:
  queue_behind:
    view: queue
    column: behind
    when: above
    warning: 30s
    critical: 5min
    for: 10s
    message: queue {name} has {waiting} jobs and is behind by
    where: name:mail
    clusters: [shop]
`;
const withLine = (line: RegExp, other: string) => own.replace(line, other);

/** Another rule over the same view. */
const rule = (text: string) => own.replace(/queue_behind:\n( {4}.*\n)+/, `r: { view: queue, ${text} }\n`);

function ruleOf(text: string): Rule {
  const [found] = settingsOf(text).rules;
  if (!found) throw new Error("the file has no rule");
  return found;
}

/** What a rule finds in these rows of a node. */
function findingsIn(found: Rule, rows: readonly Row[]) {
  // A rule of the config looks at rows and at the name of the node alone.
  const fleet = { rows: () => rows } as unknown as JudgedFleet;
  return found.find({ name: "a" } as JudgedNode, fleet, found.default, null).findings;
}

const row = (name: string, more: Row = {}): Row => ({
  ...{ name, behind: 1, waiting: 2n, state: "ok", held: false },
  ...more,
});

describe("a rule of the config", () => {
  test("is a rule like any other", () => {
    const found = ruleOf(own);
    expect(found).toMatchObject({
      name: "queue_behind",
      about: "behind of queue",
      unit: "seconds",
      default: { warning: 30, critical: 300, forMs: 10_000 },
      everyMs: 15_000,
      onlyOn: new Set(["a", "b"]),
    });
    expect(found.needs.map(({ name }) => name)).toEqual(["queue"]);
    const findings = findingsIn(found, [
      row("mail", { behind: 400, waiting: 12_000n }),
      row("mail-2", { behind: null }),
      row("bills", { behind: 900 }),
    ]);
    expect(findings).toMatchObject([
      {
        value: 400,
        subject: { kind: "row", id: "mail" },
        text: "queue mail has 12k jobs and is behind by",
        opens: { view: "queue", key: "mail" },
      },
    ]);
  });

  test("asks for its view on the nodes that it is for, every 15 s at most", () => {
    const { rules } = settingsOf(own);
    expect(standingDemand(rules)).toMatchObject([{ everyMs: 15_000, onlyOn: new Set(["a", "b"]) }]);
    const all = settingsOf(withLine(/ {4}clusters: .*\n/, "")).rules;
    expect(standingDemand([...rules, ...all])[0]).not.toHaveProperty("onlyOn");
  });

  test.each([
    ["column: waiting, when: below, warning: 5, critical: 1", { unit: "count", below: true }],
    [
      "column: state, when: is_not, value: ok",
      { unit: "state", default: { warning: 1, critical: null, forMs: 0 } },
    ],
    [
      "column: held, when: is, value: true, critical: on",
      { unit: "state", default: { warning: null, critical: 1, forMs: 0 } },
    ],
    ["column: behind, when: above, critical: 1h, nodes: c", { onlyOn: new Set(["c"]) }],
  ])("%s", (text, wanted) => {
    expect(ruleOf(rule(text))).toMatchObject(wanted);
  });

  test("over what is so, or is not, says what it is", () => {
    const isNot = ruleOf(rule("column: state, when: is_not, value: ok"));
    const rows = [row("a"), row("b", { state: "stuck\u001b[31m" }), row("c", { state: null })];
    expect(findingsIn(isNot, rows)).toMatchObject([
      { value: 1, text: "queue b: state is stuck\\x1b[31m, not ok", subject: { kind: "row", id: "b" } },
    ]);
    const held = ruleOf(rule("column: held, when: is, value: true, message: '{name} is held'"));
    expect(findingsIn(held, [row("a", { held: true }), row("b")])).toMatchObject([{ text: "a is held" }]);
  });

  test("says the value once where its words have it", () => {
    const found = ruleOf(
      rule("column: behind, when: above, warning: 30s, message: '{name} is {behind} behind'"),
    );
    expect(findingsIn(found, [row("mail", { behind: 90 })])).toMatchObject([
      { text: "mail is 1:30 behind", figure: false },
    ]);
  });

  test.each([
    ["above, warning: 1", 2n, "queue mail: waiting 2 > 1"],
    ["above, warning: 2", 2n, "queue mail: waiting 2, the limit"],
    ["below, warning: 20", 11n, "queue mail: waiting 11 < 20"],
    ["above, warning: 10, message: '{name} waits for'", 11n, "mail waits for 11 > 10"],
  ])("says the figure and the limit when %s", (when, waiting, text) => {
    const found = ruleOf(rule(`column: waiting, when: ${when}`));
    const { unit, default: threshold, below } = found;
    const judging = { unit, threshold, toRaise: 1, toClear: 1, below: below ?? false };
    const memories = advance(new Map(), findingsIn(found, [row("mail", { waiting })]), true, judging, 0);
    expect(standing("r", memories, judging).map((one) => one.text)).toEqual([text]);
  });

  test("may be over a view of the program, and over its rates", () => {
    const text = `nodes: {}
rules:
  big: { view: replication_slots, column: retained, when: above, warning: 1GB }
  busy: { view: databases, column: xact_commit, when: above, warning: 1k }
`;
    const judged = [{ unit: "bytes" }, { unit: "number", overTime: true }];
    expect(settingsOf(text).rules).toMatchObject(judged);
    // As the rate is called in JSON.
    const named = text.replace("xact_commit", "xact_commit_per_second");
    expect(settingsOf(named).rules).toMatchObject(judged);
  });

  test("has thresholds wherever those of the program have", () => {
    const text = `${own}thresholds: { queue_behind: { critical: 10min } }
groups: { g: { thresholds: { queue_behind: { warning: off } } } }
`.replace(
      "nodes: { a: host=a,",
      "nodes: { a: { host: a, thresholds: { queue_behind: { for: 1min } } }, d: { host: d, group: g },",
    );
    const { nodes } = settingsOf(text, { environment: {} });
    const of = (name: string) => nodes.find((node) => node.name === name)?.thresholds["queue_behind"];
    expect(of("a")).toEqual({ warning: 30, critical: 600, forMs: 60_000 });
    expect(of("b")).toEqual({ warning: 30, critical: 600, forMs: 10_000 });
    expect(of("d")).toEqual({ warning: null, critical: 600, forMs: 10_000 });
    const environment = { PGPARADE_THRESHOLDS_QUEUE_BEHIND_WARNING: "1s" };
    expect(settingsOf(own, { environment }).nodes[0]?.thresholds["queue_behind"]?.warning).toBe(1);
  });

  test("over a view that follows from others is judged by what that needs, a row with the node that it is of", () => {
    const of = (view: string, text: string) => ruleOf(rule(text).replace("view: queue", `view: ${view}`));
    const unused = of("unused_indexes", "column: index_bytes, when: above, warning: 1kB, nodes: a");
    expect(unused.needs.map(({ name }) => name)).toEqual(["indexes", "replication", "replication_slots"]);
    // Its standbys are asked too, and not judged.
    expect(standingDemand([unused]).find(({ view }) => view.name === "indexes")).not.toHaveProperty("onlyOn");
    const concluded = [
      {
        ...{ node: "a", database: "shop", schemaname: "public", indexrelname: "unread" },
        ...{ indexrelid: 7, index_bytes: 9000n },
      },
    ];
    const fleet = { concluded: () => concluded } as unknown as JudgedFleet;
    const { findings } = unused.find({ name: "a" } as JudgedNode, fleet, unused.default, null);
    expect(findings).toMatchObject([{ value: 9000, subject: { kind: "row", id: "shop public.unread" } }]);

    const logged = of("log", "column: error_severity, when: is, value: ERROR");
    const wanted = standingDemand([logged]).map(({ view, onlyWhere }) => [view.name, onlyWhere?.view.name]);
    expect(wanted).toEqual([
      ["log_settings", undefined],
      ["log_tail", "log_settings"],
    ]);
  });

  test("that stays the same in an edit is the same value", () => {
    expect(ruleOf(`${own}theme: light\n`)).toBe(ruleOf(own));
    expect(ruleOf(withLine(/held: bool/, "held: text"))).not.toBe(ruleOf(own));
  });
});

describe("a mistake in a rule is told with its line and column", () => {
  test.each([
    [
      withLine(/view: queue/, "view: queu"),
      "FILE:10:11: rules.queue_behind.view: expected a view whose rows can be judged, found queu. Did you mean queue?",
    ],
    [
      withLine(/view: queue/, "view: alerts"),
      "FILE:10:11: rules.queue_behind.view: expected a view whose rows can be judged, found alerts, whose rows are what rules have found",
    ],
    [
      withLine(/view: queue/, "view: events"),
      "FILE:10:11: rules.queue_behind.view: expected a view whose rows can be judged, found events, whose rows are of what is over",
    ],
    [
      rule("column: odd, when: above, warning: 3").replace("view: queue", "view: drift"),
      "rules.r.when: expected what suits a column of kind text, found above",
    ],
    [
      withLine(/column: behind/, "column: behnd"),
      "FILE:11:13: rules.queue_behind.column: expected a column of queue, found behnd. Did you mean behind?",
    ],
    [
      withLine(/when: above/, "when: over"),
      "FILE:12:11: rules.queue_behind.when: expected one of above, below, is, is_not, found over",
    ],
    [
      withLine(/column: behind/, "column: name"),
      "FILE:12:11: rules.queue_behind.when: expected what suits a column of kind text, found above",
    ],
    [
      withLine(/when: above/, "when: is"),
      "rules.queue_behind.when: expected what suits a column of kind seconds, found is",
    ],
    [
      withLine(/warning: 30s/, "warning: 30"),
      "FILE:13:14: rules.queue_behind.warning: expected a time with its unit, or off, found 30",
    ],
    [
      withLine(/warning: 30s/, "warning: 10min"),
      "rules.queue_behind.warning: expected a warning that is not above critical",
    ],
    [
      withLine(/ {4}warning: .*\n.*\n/, ""),
      "rules.queue_behind: expected a warning, a critical level, or both, found none",
    ],
    [withLine(/for: 10s/, "for: 10"), "rules.queue_behind.for: expected a time with its unit"],
    [
      withLine(/\{waiting\}/, "{wating}"),
      "FILE:16:14: rules.queue_behind.message: expected a column of queue, found wating. Did you mean waiting?",
    ],
    [
      withLine(/where: name:mail/, "where: nme:mail"),
      "FILE:17:12: rules.queue_behind.where: expected a filter, as behind / on the screen, found no column nme to ask",
    ],
    [
      withLine(/clusters: \[shop\]/, "clusters: [shp]"),
      "FILE:18:16: rules.queue_behind.clusters.0: expected the name of a cluster, found shp. Did you mean shop?",
    ],
    [
      withLine(/clusters: \[shop\]/, "nodes: d"),
      "rules.queue_behind.nodes: expected the name of a node, found d",
    ],
    [withLine(/clusters: \[shop\]/, "nodes: zzzzzz"), "found zzzzzz. Known: a, b, c."],
    [
      withLine(/for: 10s/, "fr: 10s"),
      "FILE:15:5: rules.queue_behind: expected a known option, found fr. Did you mean for?",
    ],
    [
      withLine(/queue_behind:/, "long_query:"),
      "FILE:9:3: rules.long_query: expected a name of its own, found long_query, a rule of pgparade",
    ],
    [withLine(/queue_behind:/, "Queue-Behind:"), "rules.Queue-Behind: expected a name of lower-case letters"],
    [rule("column: held, when: is, value: maybe"), "rules.r.value: expected true or false, found maybe"],
    [rule("column: held, when: is"), "rules.r: expected a value, found none"],
    [
      rule("column: behind, when: above, warning: 1s, value: 3"),
      "rules.r.value: expected no value, found one beside when: above",
    ],
    [
      rule("column: behind, warning: 1s"),
      "rules.r.when: expected one of above, below, is, is_not, found nothing",
    ],
    [
      `${own}thresholds: { queue_behind: { warning: 5 } }\n`,
      "thresholds.queue_behind.warning: expected a time with its unit, or off, found 5",
    ],
    [
      `${own}thresholds: { queue_behnd: { warning: 5s } }\n`,
      "thresholds: expected a known option, found queue_behnd",
    ],
    [
      `${own}thresholds: { queue_behind: { warning: 10min } }\n`,
      "thresholds.queue_behind: expected a warning that is not above critical",
    ],
    ["nodes: {}\nrules: [a]\n", "FILE:2:8: rules: expected a map of options, found a list"],
  ])("%#", (text, problem) => {
    expect(problemsOf(text).join("\n")).toContain(problem);
  });

  test("is told once, and the mistake of its view by itself", () => {
    expect(problemsOf(withLine(/behind: seconds/, "behind: second"))).toHaveLength(1);
    expect(problemsOf(withLine(/column: behind/, "column: behnd"))).toHaveLength(1);
  });
});
