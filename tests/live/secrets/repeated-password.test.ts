import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { leaks, planted } from "../../support/planted.ts";
import { scriptedServer } from "../../support/servers/fake-server.ts";
import { authentication, message } from "../../support/servers/messages.ts";
import { until } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";
import { ready, watching } from "../../support/terminal/watching.ts";

/** The fields of an ErrorResponse (PostgreSQL documentation, "Error and Notice Message Fields"). */
const refusal = (fields: Readonly<Record<string, string>>) =>
  message(
    "E",
    Object.entries(fields)
      .map(([type, text]) => `${type}${text}\0`)
      .join("")
      .concat("\0"),
  );

/** Asks for the password, and then says it to everybody who listens, in every field and form. */
const repeats = (code: string) =>
  scriptedServer(async (client) => {
    await client.hears();
    await client.says(authentication(3));
    await client.hears();
    await client.says(
      refusal({
        S: "FATAL",
        V: "FATAL",
        C: code,
        M: `no ${planted}, nor '${planted.replaceAll("'", "''")}'`,
        D: `postgres://monitor:${encodeURIComponent(planted)}@h`,
        H: `Use ${JSON.stringify(planted)} or ${Buffer.from(planted).toString("base64")}.`,
        R: "auth_failed",
      }),
    );
    client.leaves();
  });

const target = (port: number) =>
  `postgresql://monitor:${encodeURIComponent(planted)}@127.0.0.1:${port}/postgres?sslmode=disable`;

test.each(["28P01", "28000", "42501", "53300", "57P03", "XX000", "08P01", "3D000"])(
  "a server that repeats the password in an error %s: no command shows it",
  async (code) => {
    await using server = await repeats(code);
    const told: Record<string, string> = {};
    for (const command of [["check"], ["check", "--format", "json"], ["show", "fleet"]]) {
      const { stdout, stderr } = await runProgram([...command, target(server.port)]);
      told[command.join(" ")] = stdout + stderr;
      expect(stdout).toContain("no ***");
    }
    expect(leaks(told)).toEqual([]);
  },
);

test("nor does the screen, or its log", async () => {
  await using server = await repeats("28P01");
  const state = mkdtempSync(join(tmpdir(), "pgparade-repeats-"));
  await using terminal = watching([target(server.port)], { columns: 200, env: { XDG_STATE_HOME: state } });
  await ready(terminal, /no \*\*\*/);
  terminal.press("Enter");
  const page = await terminal.until(/error for/);
  const log = await until(() => {
    const text = readFileSync(`${state}/pgparade/pgparade.1.log`, "utf8");
    return text.includes("no ***") && text;
  });
  expect(leaks({ page, log, output: terminal.output() })).toEqual([]);
  terminal.press("q");
  expect((await terminal.exited).code).toBe(0);
});
