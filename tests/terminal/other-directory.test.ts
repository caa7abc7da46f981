import { expect, test } from "bun:test";
import { tmpdir } from "node:os";
import { program } from "../support/terminal/program.ts";
import { start } from "../support/terminal/terminal.ts";

test("the screen comes up from any directory, not only from this project's", async () => {
  await using terminal = start(program("host=127.0.0.1 port=1 user=monitor dbname=postgres"), {
    columns: 100,
    rows: 24,
    cwd: tmpdir(),
  });
  const screen = await terminal.until(/connection refused/);
  expect(screen.join("\n")).toContain("pgparade");
});
