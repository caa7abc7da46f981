import { describe, expect, test } from "bun:test";
import { problemsOf, settingsOf } from "../config-file.ts";

describe("the statement of a view of the config", () => {
  test.each([
    ["select 1 as a where b = 'x'", ""],
    ["select 1 as a where b = 'it''s -- not /* one'", " ; -- a comment"],
    ["select 1 as a where b = $$a;b$$", ";\n/* a comment */ ;"],
    ['select 1 as "a"', ";"],
    ["select 1 as a from t limit 5", " -- with 'a quote'"],
  ])("is asked as it stands, whatever it ends in: %s", (sql, behind) => {
    const {
      views: [view],
    } = settingsOf(
      `nodes: {}\nviews: { one: { sql: ${JSON.stringify(sql + behind)}, columns: { a: text } } }`,
    );
    expect(view?.sql).toEqual({ 100000: sql });
  });

  test.each(["select 1; 'a'", 'select 1; "a"', "select 1; $$a$$"])(
    "is one statement alone, not %s",
    (sql) => {
      const text = `nodes: {}\nviews: { one: { sql: ${JSON.stringify(sql)}, columns: { a: text } } }`;
      expect(problemsOf(text).join("\n")).toContain("more than one");
    },
  );
});
