import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { awkwardFiles } from "../support/awkward-files.ts";
import { ready, refusing, watching } from "../support/terminal/watching.ts";

const awkward = await awkwardFiles();
afterAll(awkward.remove);

/** A state folder in which the log and what earlier runs remember are no files. */
function stateOf(path: string): string {
  const state = mkdtempSync(join(awkward.folder, "state-"));
  mkdirSync(join(state, "pgparade"));
  for (const name of ["pgparade.1.log", "answers.json"]) symlinkSync(path, join(state, "pgparade", name));
  return state;
}

test.concurrent.each(Object.entries(awkward.paths))(
  "the screen goes on where its log and its state are %s",
  async (_, [path]) => {
    const state = stateOf(path);
    await using terminal = watching([refusing], { env: { XDG_STATE_HOME: state } });
    await ready(terminal, /✖ /);
    for (let round = 0; round < 3; round++) {
      terminal.press("?");
      await terminal.until(/NAVIGATION/);
      terminal.press("Escape");
      await terminal.until((rows) => !/NAVIGATION/.test(rows.join("\n")));
      await Bun.sleep(100);
    }
    terminal.press("q");
    expect(await terminal.exited).toEqual({ code: 0, signal: null });
    rmSync(state, { recursive: true });
  },
);
