import { afterAll, expect, test } from "bun:test";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clipboardSupport, copyText } from "../../src/app/clipboard.ts";

const folder = await mkdtemp(join(tmpdir(), "pgparade-clipboard-"));
afterAll(() => rm(folder, { recursive: true }));

/** What a terminal of this environment gets, and what the footer says. */
async function copied(text: string, environment: Record<string, string>, directory = join(folder, "state")) {
  const written: string[] = [];
  const write = (sequence: string) => written.push(sequence);
  const said = await copyText(text, "the statement", { environment, directory, write });
  return { said, written };
}

test.each([
  [{ TERM: "xterm-kitty" }, "yes"],
  [{ TERM: "xterm-256color", TERM_PROGRAM: "iTerm.app" }, "yes"],
  [{ TERM: "xterm-256color", TERM_PROGRAM: "WezTerm" }, "yes"],
  [{ TERM: "xterm-256color" }, "unsure"],
  [{ TERM: "xterm-256color", VTE_VERSION: "7600" }, "unsure"],
  [{ TERM: "xterm-kitty", TMUX: "/tmp/tmux-0/default,1,0" }, "unsure"],
  [{ TERM: "xterm-256color", TERM_PROGRAM: "Apple_Terminal" }, "no"],
  [{ TERM: "linux" }, "no"],
])("the clipboard of %p: %s", (environment, expected) => {
  expect(clipboardSupport(environment)).toBe(expected as never);
});

test("a terminal with a clipboard gets the exact text and no file is written", async () => {
  const { said, written } = await copied("select 'é\u001b[31m'\n", { TERM: "xterm-kitty" });
  expect(said).toBe("copied the statement to the terminal's clipboard");
  const [, encoded] = /^\u001b\]52;c;([\w+/=]+)\u0007$/.exec(written.join("")) ?? [];
  expect(Buffer.from(encoded ?? "", "base64").toString()).toBe("select 'é\u001b[31m'\n");
  expect(await stat(join(folder, "state")).catch(() => null)).toBeNull();
});

test("where the terminal refuses, the text is in a file of the owner's alone, and the footer says which", async () => {
  const path = join(folder, "state", "copied.txt");
  const { said, written } = await copied("select 1", { TERM: "linux" });
  expect(said).toBe(`${path} has the statement: the terminal cannot copy it`);
  expect(written).toEqual([]);
  expect(await readFile(path, "utf8")).toBe("select 1\n");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test("where it may refuse both are done; what is too long for a terminal is in the file", async () => {
  const path = join(folder, "state", "copied.txt");
  const unsure = await copied("select 2", { TERM: "screen", STY: "1.host" });
  expect(unsure.written).toHaveLength(1);
  expect(unsure.said).toBe(`${path} has the statement, the clipboard perhaps`);
  const atHome = await copied("select 2", { TERM: "screen", STY: "1.host", HOME: folder });
  expect(atHome.said).toBe("~/state/copied.txt has the statement, the clipboard perhaps");
  const long = await copied("x".repeat(60_000), { TERM: "xterm-kitty" });
  expect(long.written).toEqual([]);
  expect(await readFile(path, "utf8")).toHaveLength(60_001);
});

test("a file that others may read is replaced, and a link in its place is not followed", async () => {
  const directory = join(folder, "planted");
  const path = join(directory, "copied.txt");
  await mkdir(directory);
  await writeFile(path, "old", { mode: 0o644 });
  await copied("select 1", { TERM: "linux" }, directory);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await rm(path);
  await writeFile(join(folder, "other"), "theirs");
  await symlink(join(folder, "other"), path);
  await copied("select 2", { TERM: "linux" }, directory);
  expect(await readFile(join(folder, "other"), "utf8")).toBe("theirs");
  expect(await readFile(path, "utf8")).toBe("select 2\n");
  expect(await readdir(directory)).toEqual(["copied.txt"]);
});

test("a folder that cannot be written to is said", async () => {
  const file = join(folder, "taken");
  await writeFile(file, "");
  const { said } = await copied("select 1", { TERM: "linux" }, file);
  expect(said).toMatch(/^the statement was not copied: /);
});
