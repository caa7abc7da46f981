import { expect, test } from "bun:test";
import { serversForTests } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";

const servers = serversForTests();
const refused = "postgres://monitor@127.0.0.1:1/postgres";
const page = await Bun.file(new URL("../../../docs/json.md", import.meta.url)).text();

async function printed(args: readonly string[]): Promise<string> {
  const { port } = await servers.lone("one");
  const target = `postgres://monitor@127.0.0.1:${port}/postgres?sslmode=disable`;
  return (await runProgram([...args, target, refused])).stdout;
}

/** The names of an object that stand on the page as code or in its examples. */
const untold = (value: object) =>
  Object.keys(value).filter((name) => !new RegExp(`[\`"]${name}[\`"]`).test(page));

test("the page tells the names that show and check print around rows", async () => {
  const shown = JSON.parse(await printed(["show", "statements", "--format", "json"]));
  const [absent, lost] = shown.nodes;
  expect(absent).toMatchObject({ state: "connected", notApplicable: expect.stringContaining("needs") });
  expect(lost).toMatchObject({ state: "reconnecting", error: { kind: "refused" } });
  const [there] = JSON.parse(await printed(["show", "activity", "--format", "json"])).nodes;
  expect(there).toMatchObject({ state: "connected", rows: expect.any(Array), notes: [] });
  const checked = JSON.parse(await printed(["check", "--format", "json"]));
  expect(checked).toMatchObject({ status: "critical" });
  expect([shown, absent, lost, lost.error, there, checked].flatMap(untold)).toEqual([]);
});

const commands = [...page.matchAll(/^ {4}pgparade (.+) \| jq -r '(.+)'$/gm)];

test.skipIf(Bun.which("jq") === null)("its examples for jq print lines", async () => {
  expect(commands).toHaveLength(3);
  for (const [, args = "", expression = ""] of commands) {
    const input = await printed(args.split(" "));
    const { exitCode, stderr } = Bun.spawnSync(["jq", "-r", expression], { stdin: Buffer.from(input) });
    expect({ expression, exitCode, stderr: stderr.toString() }).toEqual({
      expression,
      exitCode: 0,
      stderr: "",
    });
  }
});
