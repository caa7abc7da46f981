import { expect, test } from "bun:test";
import { sqlTokens } from "../../src/postgres/sql-scan.ts";
import { randomTexts } from "../support/seeded.ts";

/** Keywords in <>, strings in [], comments in {}. */
const drawn = (sql: string) =>
  sqlTokens(sql)
    .map(({ kind, text }) =>
      kind === "keyword"
        ? `<${text}>`
        : kind === "string"
          ? `[${text}]`
          : kind === "comment"
            ? `{${text}}`
            : text,
    )
    .join("");

test.each([
  ["select a from t", "<select> a <from> t"],
  ["SELECT selected FROM fromage", "<SELECT> selected <FROM> fromage"],
  [`select 'it''s -- none' -- from`, "<select> ['it''s -- none'] {-- from}"],
  [`select E'\\'' from t`, "<select> E['\\''] <from> t"],
  [`select "from" from t`, '<select> "from" <from> t'],
  ["/* a /* nested */ */ update t set a = $1", "{/* a /* nested */ */} <update> t <set> a = $1"],
  ["do $x$ select $y$ $x$", "<do> [$x$ select $y$ $x$]"],
  ["select 'cut off", "<select> ['cut off]"],
  ["select from1, naïve$from", "<select> from1, naïve$from"],
])("%s", (sql, expected) => {
  expect(drawn(sql)).toBe(expected);
});

const pieces = ["select", " ", "'", '"', "$", "$a$", "--", "/*", "*/", "\n", "é", "\\", "e'", "from", "1"];

test.each(randomTexts(300, pieces, 20).map((sql) => [sql]))("nothing is lost of %p", (sql) => {
  expect(
    sqlTokens(sql)
      .map(({ text }) => text)
      .join(""),
  ).toBe(sql);
});
