import { expect, test } from "bun:test";
import { draftOf } from "../../../src/config/edit/entry.ts";
import { changed } from "./edited.ts";

test("a changed node with the string of another program shows its fields, and becomes libpq's string", () => {
  const text = `nodes:\n  db1: "jdbc:postgresql://db1:5433/app?user=ann&password=SECRETPW&currentSchema=x"\n`;
  expect(draftOf(text, "db1")?.parameters).toEqual({
    host: "db1",
    port: "5433",
    dbname: "app",
    user: "ann",
  });
  const parameters = { host: "db2", port: "5433", dbname: "app", user: "ann" };
  expect(changed(text, "db1", { parameters })).toBe(
    `nodes:\n  db1: "postgresql://ann:SECRETPW@db2:5433/app?currentSchema=x"\n`,
  );
  expect(changed(text, "db1", { colour: "red" })).toContain("jdbc:");
});

test("a changed URI keeps what is of another program", () => {
  const uri = `postgresql://ann@db1/app?schema=\${SCHEMA}&sslmode=require&pgbouncer=true`;
  const text = `nodes:\n  db1: "${uri}"\n`;
  const draft = draftOf(text, "db1");
  const after = changed(text, "db1", { parameters: { ...draft?.parameters, port: "6000" } });
  expect(after).toBe(
    `nodes:\n  db1: "postgresql://ann@db1:6000/app?sslmode=require&schema=\${SCHEMA}&pgbouncer=true"\n`,
  );
  expect(draftOf(after, "db1")?.parameters).toEqual({ ...draft?.parameters, port: "6000" });
});
