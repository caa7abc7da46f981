import { describe, expect, test } from "bun:test";
import { createServer } from "node:net";
import { isRuleOf } from "../support/screens/rule.ts";
import { runProgram } from "../support/terminal/program.ts";
import { ready, refusing, watching } from "../support/terminal/watching.ts";

/** A server that takes connections and never says a word. */
async function mute() {
  const server = createServer(() => {}).listen(0, "127.0.0.1");
  await new Promise<void>((resolve) => server.once("listening", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    target: `host=127.0.0.1 port=${address.port} user=monitor dbname=postgres`,
    [Symbol.dispose]: () => void server.close(),
  };
}

describe("the first frame", () => {
  test("is there before any connection is", async () => {
    using silent = await mute();
    await using terminal = watching([silent.target]);
    const rows = await terminal.until(/◐ 127\.0\.0\.1.*connecting/);
    expect(rows[0]).toContain("pgparade");
    expect(rows[2]).toMatch(/NODE +ROLE/);
    expect(rows.at(-1)).toContain("q quit");
    expect(terminal.alternateScreen).toBe(true);
    expect(terminal.cursorVisible).toBe(false);
  });

  test("is usable while every node is dead", async () => {
    const dead = Array.from({ length: 5 }, (_, index) => refusing.replace("port=1", `port=${index + 1}`));
    await using terminal = watching([...dead, "host=nosuch.invalid user=monitor dbname=postgres"]);
    await ready(terminal, /NODE/);
    await terminal.until(/✖ 127\.0\.0\.1:5 .*connection refused/);
    terminal.press("j", "j");
    await terminal.until(/❯. 127\.0\.0\.1:3/);
    terminal.press("Enter");
    await terminal.until(/Nothing listens there/);
    terminal.press("q");
    expect(await terminal.exited).toEqual({ code: 0, signal: null });
  });

  test("of a terminal that is too small says so, and grows with it", async () => {
    await using terminal = watching([refusing], { columns: 59, rows: 7 });
    await terminal.until(/needs 60x8; this terminal is 59x7/);
    terminal.resize(60, 15);
    await terminal.until(/NODE[\s\S]*q quit/);
  });
});

describe("colours", () => {
  test("are there by default", async () => {
    await using terminal = watching([refusing]);
    await terminal.until(/connection refused/);
    const colours = (await terminal.cells()).flat().filter((cell) => cell.foreground !== undefined);
    expect(colours.length).toBeGreaterThan(0);
  });

  test.each([
    ["NO_COLOR", [refusing], { NO_COLOR: "1" }],
    ["--no-color", ["--no-color", refusing], {}],
  ])("%s leaves bold and reverse", async (_, args, env) => {
    await using terminal = watching(args, { env });
    await terminal.until(/connection refused/);
    const cells = (await terminal.cells()).flat();
    expect(cells.filter((cell) => cell.foreground !== undefined || cell.background !== undefined)).toEqual(
      [],
    );
    expect(cells.some((cell) => cell.inverse)).toBe(true);
    expect(cells.some((cell) => cell.bold)).toBe(true);
    expect(terminal.output()).not.toMatch(/\u001b\[[0-9;]*\b(3[0-8]|4[0-8]|9[0-7])m/);
  });
});

test("--ascii draws with ASCII, and every key of the help can be read", async () => {
  await using terminal = watching(["--ascii", refusing]);
  await ready(terminal, /X 127\.0\.0\.1:1 .*connection refused/);
  terminal.press("?");
  await terminal.until(/NAVIGATION/);
  expect(terminal.output()).toMatch(/^[\u0000-\u007f]*$/);
});

describe("without a terminal", () => {
  test("it says so and what to do instead", async () => {
    const { code, stdout, stderr } = await runProgram([refusing]);
    expect(code).toBe(3);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/needs a terminal.*pgparade (show|check)/);
  });

  test("neither does the demo start servers for nobody", async () => {
    const { code, stderr } = await runProgram(["demo"]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/needs a terminal.*--no-ui/);
  });
});

test("a terminal that cannot move the cursor is told so", async () => {
  await using terminal = watching([refusing], { env: { TERM: "dumb" } });
  expect((await terminal.exited).code).toBe(3);
  expect((await terminal.screen()).join(" ")).toContain("TERM is dumb; try `pgparade show fleet`");
});

test("a wrong config is told on the terminal, which is never taken", async () => {
  await using terminal = watching(["--config", "/nonexistent/config.yaml"]);
  expect((await terminal.exited).code).toBe(2);
  expect(terminal.output()).not.toContain("\u001b[?1049h");
  expect((await terminal.screen()).join("\n")).toContain("/nonexistent/config.yaml");
});

test("what is typed before the screen is there counts, and does not push its first line aside", async () => {
  await using terminal = watching(["host=127.0.0.1 port=1 user=x"]);
  terminal.press("o");
  const [header] = await terminal.until(/▸ connections/);
  expect(header).toStartWith(" pgparade  127.0.0.1:1 ▸ connections");
});

describe("in the middle of the start", () => {
  test("a signal ends it, and the terminal is as it was", async () => {
    await using terminal = watching([refusing]);
    await terminal.until(() => terminal.alternateScreen);
    terminal.kill("SIGTERM");
    expect(await terminal.exited).toEqual({ code: 143, signal: null });
    expect(terminal.leftBehind()).toEqual([]);
  });

  test("a terminal that grows is filled", async () => {
    await using terminal = watching([refusing], { columns: 80, rows: 24 });
    await terminal.until(() => terminal.alternateScreen);
    terminal.resize(100, 30);
    const rows = await terminal.until((lines) => lines[29]?.includes("q quit") ?? false);
    expect(isRuleOf(100, rows[1])).toBe(true);
  });
});
