import { expect, test } from "bun:test";
import { start } from "../support/terminal/terminal.ts";

const counter = [process.execPath, `${import.meta.dir}/../support/terminal/counter.fixture.tsx`];

test("keys go in, the screen comes out, and the terminal is left clean", async () => {
  await using terminal = start(counter, { columns: 40, rows: 10 });
  await terminal.until(/count 0/);
  await terminal.readsKeys();
  expect(terminal.alternateScreen).toBe(true);
  expect(terminal.cursorVisible).toBe(false);
  expect(terminal.title).toBe("counter");
  expect(terminal.leftBehind()).toContain("alternate screen");
  expect(terminal.leftBehind()).toContain("raw mode");
  terminal.press("Up", "Up");
  expect((await terminal.until(/count 2/))[1]).toBe("40×10");
  terminal.press("q");
  expect(await terminal.exited).toEqual({ code: 0, signal: null });
  expect(terminal.alternateScreen).toBe(false);
  expect(terminal.cursorVisible).toBe(true);
  expect(terminal.leftBehind()).toEqual([]);
});

test("a resize reaches the program", async () => {
  await using terminal = start(counter, { columns: 40, rows: 10 });
  await terminal.until(/40×10/);
  terminal.resize(60, 20);
  const rows = await terminal.until(/60×20/);
  expect(rows).toHaveLength(20);
});

test("a paste arrives in brackets", async () => {
  await using terminal = start(counter);
  await terminal.until(/count 0/);
  await terminal.until(() => terminal.leftBehind().includes("bracketed paste"));
  terminal.paste("q is not a key here");
  await terminal.until(/pasted q is not a key here/);
});

test("colours and attributes are read from the cells", async () => {
  await using terminal = start([
    "bash",
    "-c",
    "printf 'a\\e[1;32mb\\e[0;7mc\\e[0;2;38;2;255;128;0md\\e[0;48;5;200me\\e[0m漢'; read",
  ]);
  await terminal.until(/abcde漢/);
  const [a, b, c, d, e, wide, rest] = (await terminal.cells())[0] ?? [];
  expect(a).toMatchObject({ text: "a", foreground: undefined, background: undefined, bold: false });
  expect(b).toMatchObject({ text: "b", foreground: 2, bold: true });
  expect(c).toMatchObject({ text: "c", inverse: true, bold: false });
  expect(d).toMatchObject({ text: "d", foreground: "#ff8000", dim: true });
  expect(e).toMatchObject({ text: "e", background: 200 });
  expect(wide).toMatchObject({ text: "漢", width: 2 });
  expect(rest).toMatchObject({ text: "", width: 0 });
});

test("a wait that fails shows the screen", async () => {
  await using terminal = start(["bash", "-c", "echo only this; read"]);
  await terminal.until(/only this/);
  await expect(terminal.until(/something else/, 50)).rejects.toThrow(
    /50 ms passed.*something else.*\n.*only this/s,
  );
});

test("a program that ends while it is waited for fails the wait at once", async () => {
  await using terminal = start(["bash", "-c", "echo last words; exit 7"]);
  await expect(terminal.until(/never/, 60_000)).rejects.toThrow(/exit code 7.*last words/s);
  expect(await terminal.exited).toEqual({ code: 7, signal: null });
});

test("a signal is told from an exit code", async () => {
  await using terminal = start(["bash", "-c", "echo up; read"]);
  await terminal.until(/up/);
  terminal.kill("SIGKILL");
  expect(await terminal.exited).toEqual({ code: null, signal: "SIGKILL" });
});

test("a closed window hangs the program up", async () => {
  await using terminal = start(["bash", "-c", "trap 'exit 41' HUP; echo up; while :; do read -t 1; done"]);
  await terminal.until(/up/);
  terminal.hangUp();
  expect((await terminal.exited).code).toBe(41);
});

test("what the program asks of the terminal is answered", async () => {
  await using terminal = start([
    "bash",
    "-c",
    "stty raw -echo; printf '\\e[6n'; read -r -d R answer; stty sane; printf 'at %q' \"$answer\"",
  ]);
  await terminal.until(/at .*\[1;1/);
});

test("what a rude program leaves behind is named", async () => {
  const rude = "printf '\\e[?1049h\\e[?25l\\e[?1000h\\e[?1006h\\e[?2004h\\e[>1u'; stty -echo";
  await using terminal = start(["bash", "-c", rude]);
  await terminal.exited;
  expect(terminal.leftBehind().sort()).toEqual([
    "alternate screen",
    "bracketed paste",
    "hidden cursor",
    "kitty keyboard protocol",
    "mouse",
    "raw mode",
  ]);
});

test("the bytes are kept and counted", async () => {
  await using terminal = start(["bash", "-c", "printf 'é\\e[0m'"], { env: { CI: "true" } });
  await terminal.exited;
  expect(terminal.output()).toBe("é\x1b[0m");
  expect(terminal.bytes).toBe(6);
});

test("a program is not told that it runs in CI", async () => {
  await using terminal = start(["bash", "-c", "echo ci=[$CI] color=[$NO_COLOR]"]);
  await terminal.until(/ci=\[\] color=\[\]/);
});
