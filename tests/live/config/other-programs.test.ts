import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "../../support/terminal/program.ts";

const home = mkdtempSync(join(tmpdir(), "pgparade-other-programs-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const prisma = "postgresql://ann:SECRETPW@db1:6543/shop?schema=app&pgbouncer=true&sslmode=require";

async function shown(args: readonly string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await runProgram(["config", "show", "--format", "json", ...args], {
    HOME: home,
    ...env,
  });
  expect(stdout + stderr).not.toContain("SECRETPW");
  return { code, stderr, entries: JSON.parse(stdout) };
}

test("TARGETs take strings of other programs and name what they leave out", async () => {
  const { code, stderr, entries } = await shown([prisma, "Host=db2;Username=ann;Pooling=true"]);
  expect(code).toBe(0);
  expect(stderr).toBe(
    "pgparade: TARGET 1: these parameters of another program are left out: schema, pgbouncer\n" +
      "pgparade: TARGET 2: these parameters of another program are left out: Pooling\n",
  );
  expect(entries[0]).toMatchObject({ name: "db1:6543", params: { user: "ann", sslmode: "require" } });
  expect(entries[1]).toMatchObject({ name: "db2:5432", params: { user: "ann", host: "db2" } });
});

test("a parameter that nobody knows is refused by its name, and what to do is said", async () => {
  const { code, entries } = await shown(["jdbc:postgresql://db1/shop?fancy=SECRETPW"]);
  expect(code).toBe(2);
  expect(entries.error).toMatchObject({ class: "syntax", position: 27 });
  expect(entries.error.message).toContain("an unknown query parameter (fancy)");
  expect(entries.error.message).toContain("Leave it out, or write it as libpq does");
});

test("so do the strings of a config file, also those of a variable", async () => {
  const file = join(home, "fleet.yaml");
  const lines = [
    `  one: "${"$"}{DATABASE_URL}"`,
    `  two: "jdbc:postgresql://db2/shop?user=ann&currentSchema=x"`,
  ];
  writeFileSync(file, `nodes:\n${lines.join("\n")}\n`, { mode: 0o600 });
  const { code, stderr, entries } = await shown(["--config", file], { DATABASE_URL: prisma });
  expect(code).toBe(0);
  expect(stderr).toContain(
    "nodes.one: these parameters of another program are left out: schema, pgbouncer\n",
  );
  expect(stderr).toContain("nodes.two: these parameters of another program are left out: currentSchema\n");
  expect(entries.map(({ params }: { params: Record<string, string> }) => params["dbname"])).toEqual([
    "shop",
    "shop",
  ]);
});
