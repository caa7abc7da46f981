import { describe, expect, test } from "bun:test";
import { kindOf, severityOf } from "../../../src/views/log/log-kinds.ts";
import { type LogRecord, noRecord } from "../../../src/views/log/log-record.ts";
import { recordsOf } from "../../../src/views/log/log-records.ts";

const reader = { zone: { name: "UTC", offset: 0 }, encoding: "LATIN1", prefix: "%m [%p] %q%u@%d " };
const moment = Date.UTC(2026, 10, 27, 20, 20, 1, 250) / 1000;
const time = "2026-11-27 20:20:01.250 UTC";
const record = (more: Partial<LogRecord>): LogRecord => ({ ...noRecord, position: 0, message: "", ...more });

describe("csvlog", () => {
  const line = (message: string, state = "22012", process = ',"psql","client backend",,-42') =>
    `${time},"app","shop",7,"[local]",6a.7,3,"SELECT",${time},3/4,0,ERROR,${state},"${message}",,,,,,"select 1/0",,,${process.slice(1)}\n`;

  test("a message has its fields, also over several lines, and with the widths of older servers", () => {
    const [one, two] = recordsOf("csvlog", line('a ""b"",\nc') + line("d"), 0, reader);
    expect(one).toMatchObject({
      ...{ position: 0, log_time: moment, user_name: "app", database_name: "shop", process_id: 7 },
      ...{ error_severity: "ERROR", sql_state_code: "22012", message: 'a "b",\nc', query: "select 1/0" },
      ...{ application_name: "psql", backend_type: "client backend", query_id: "-42", detail: null },
    });
    expect(two).toMatchObject({ message: "d", position: line('a ""b"",\nc').length });
    for (const process of [',"psql"', ',"psql","client backend"'])
      expect(recordsOf("csvlog", line("m", "22012", process), 0, reader)).toMatchObject([
        { message: "m", application_name: "psql", query_id: null },
      ]);
  });

  test("what is cut off at either end is left out, wherever it is cut", () => {
    const text = line('first "" one,\n2026') + line("second\nline") + line("third");
    for (let at = 1; at < text.length; at += 1) {
      const bytes = text.slice(at);
      const found = recordsOf("csvlog", bytes, at, reader).map(({ message }) => message);
      const whole = ["second\nline", "third"].slice(at > line('first "" one,\n2026').length ? 1 : 0);
      if (found.length > 0) expect(whole.join().endsWith(found.join())).toBe(true);
      const begun = recordsOf("csvlog", text.slice(0, at), 0, reader).length;
      expect(begun).toBeLessThan(3);
    }
    const [, second] = recordsOf("csvlog", text, 1000, reader);
    expect(second?.position).toBe(1000 + line('first "" one,\n2026').length);
  });

  test("bytes of another encoding than UTF-8 are those of the session's own database", () => {
    expect(recordsOf("csvlog", line("caf\xe9"), 0, reader)).toMatchObject([{ message: "café" }]);
    expect(recordsOf("csvlog", line("caf\xc3\xa9"), 0, reader)).toMatchObject([{ message: "café" }]);
  });
});

test("jsonlog: a line for each, whatever else stands there, and no digit of a query id is lost", () => {
  const text = JSON.stringify({
    timestamp: time,
    user: "app",
    dbname: "shop",
    pid: 7,
    message: "m",
    hint: "h",
  });
  const withId = text.replace(
    "}",
    ',"state_code":"40P01","statement":"select","query_id":-7301234567890123457}',
  );
  const found = recordsOf("jsonlog", `d"}\n${withId}\nnot json\n${text}\n${text.slice(0, 30)}`, 100, reader);
  expect(found).toMatchObject([
    { position: 104, log_time: moment, sql_state_code: "40P01", query_id: "-7301234567890123457", hint: "h" },
    { process_id: 7, user_name: "app", database_name: "shop", query_id: null },
  ]);
});

describe("the form stderr", () => {
  test("is read by log_line_prefix, and what belongs to a message is with it", () => {
    const text = [
      "of a line that is cut",
      `${time} [7] app@shop ERROR:  deadlock detected`,
      `${time} [7] app@shop DETAIL:  Process 7 waits`,
      "\tand so does 8",
      `${time} [7] app@shop STATEMENT:  select 1`,
      `${time} [1] LOG:  checkpoint starting: time`,
      "something else",
      "",
    ].join("\n");
    expect(recordsOf("stderr", text, 50, reader)).toMatchObject([
      {
        ...{ position: 72, log_time: moment, process_id: 7, user_name: "app", database_name: "shop" },
        ...{ error_severity: "ERROR", message: "deadlock detected", query: "select 1", sql_state_code: null },
        detail: "Process 7 waits\nand so does 8",
      },
      { error_severity: "LOG", message: "checkpoint starting: time", user_name: null },
      { error_severity: null, message: "something else", log_time: null },
    ]);
  });

  test("what follows a message that is cut off is left out, in other languages too", () => {
    const later = "2026-11-27 20:20:02.000 UTC";
    const messagesOf = (lines: readonly string[], start = 50) =>
      recordsOf("stderr", ["cut", ...lines, ""].join("\n"), start, reader).map(({ message }) => message);
    const next = `${later} [7] app@shop ERROR:  next`;
    for (const cut of [
      [`${time} [7] app@shop STATEMENT:  select 1`, "\tfrom t"],
      ["\tfrom t", "\twhere true", `${time} [7] app@shop QUERY:  select 2`],
      [`${time} [7] app@shop TIPP:  x`, "\ty", `${time} [7] app@shop ANWEISUNG:  select 1`],
      [],
    ])
      expect(messagesOf([...cut, next])).toEqual(["next"]);
    expect(messagesOf([`${time} [7] app@shop FEHLER:  a`, `${time} [8] app@shop FEHLER:  b`])).toEqual(["b"]);
    expect(messagesOf([next, `${later} [7] app@shop QUERY:  select 2`])).toEqual(["next"]);
    // Many messages of one moment are not all taken for the end of one.
    expect(messagesOf(Array.from({ length: 20 }, () => next.replace("ERROR", "FEHLER"))).length).toBe(13);
    expect(messagesOf([`${time} [7] app@shop FEHLER:  a`], 0)).toEqual(["cut", "a"]);
  });

  test.each([
    ["%m [%p] ", `${time} [7] FEHLER:  Division durch Null`, { process_id: 7, error_severity: "FEHLER" }],
    [
      "%t %e %a: ",
      "2026-11-27 20:20:01 UTC 22012 psql: ERROR:  x",
      { sql_state_code: "22012", application_name: "psql" },
    ],
    [
      "%n %-6p %Q %% ",
      "1795810801.250 7      -42 % LOG:  x",
      { log_time: moment, process_id: 7, query_id: "-42" },
    ],
    [
      "%m [%p] user=%u,db=%d,client=%h ",
      `${time} [7] user=[unknown],db=,client=::1 FATAL:  x`,
      { user_name: null, connection_from: "::1" },
    ],
    ["", "LOG:  00000: x", { message: "x", sql_state_code: "00000" }],
  ])("has any prefix: %s", (prefix, line, expected) => {
    expect(recordsOf("stderr", `${line}\n`, 0, { ...reader, prefix })).toMatchObject([expected]);
  });
});

test("what a message is about is told by codes and processes before words", () => {
  const kind = (more: Partial<LogRecord>) => kindOf(record(more), true);
  expect(kind({ sql_state_code: "40P01", message: "Verklemmung entdeckt" })).toBe("deadlock");
  expect(kind({ backend_type: "checkpointer", message: "Checkpoint beginnt: time" })).toBe("checkpoint");
  expect(kind({ message: "checkpoints are occurring too frequently (7 seconds apart)" })).toBe("checkpoint");
  expect(kind({ message: 'invalidating obsolete replication slot "orders"' })).toBe("slot lost");
  expect(
    kind({ sql_state_code: "00000", message: "process 7 still waiting for ShareLock on transaction 8" }),
  ).toBe("lock wait");
  expect(kind({ location: "ProcSleep, proc.c:1538", message: "Prozess 7 wartet immer noch" })).toBe(
    "lock wait",
  );
  const words = "process 7 still waiting for ShareLock on transaction 8";
  expect(kindOf(record({ sql_state_code: "00000", message: words }), false)).toBeNull();
  expect(kind({ sql_state_code: "28P01" })).toBe("login refused");
  expect(kind({ sql_state_code: "00000", message: "Prozess 7 wartet immer noch" })).toBeNull();
  const severity = (more: Partial<LogRecord>) => severityOf(record(more), kind(more));
  expect(severity({ error_severity: "FEHLER", sql_state_code: "22012" })).toBe("warning");
  expect(severity({ error_severity: "LOG", sql_state_code: "00000" })).toBe("ok");
  expect(severity({ error_severity: "ОШИБКА", sql_state_code: "53100" })).toBe("critical");
  expect(severity({ error_severity: "PANIC" })).toBe("critical");
});
