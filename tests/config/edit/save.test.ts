import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { changeConfig } from "../../../src/config/edit/change.ts";
import { emptyDraft } from "../../../src/config/edit/draft.ts";
import { saveConfig } from "../../../src/config/edit/save.ts";
import { loadSettings } from "../../../src/config/load.ts";
import { Secret } from "../../../src/text/secret.ts";

const root = mkdtempSync(join(tmpdir(), "pgparade-save-"));
let folder = root;
let file = "";
let count = 0;

beforeEach(() => {
  folder = join(root, `${++count}`);
  mkdirSync(folder);
  file = join(folder, "config.yaml");
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe("a file is saved", () => {
  test("anew, for its owner only, with its folder", async () => {
    const nested = join(folder, "pgparade", "config.yaml");
    expect(await saveConfig(nested, "a: 1\n", null)).toBeNull();
    expect(readFileSync(nested, "utf8")).toBe("a: 1\n");
    expect([modeOf(nested), modeOf(join(folder, "pgparade"))]).toEqual(["600", "700"]);
    expect(readdirSync(join(folder, "pgparade"))).toEqual(["config.yaml"]);
  });

  test("with the permissions that it had, as another file", async () => {
    writeFileSync(file, "old");
    chmodSync(file, 0o640);
    const { ino } = statSync(file);
    expect(await saveConfig(file, "new", "old")).toBeNull();
    expect([readFileSync(file, "utf8"), modeOf(file)]).toEqual(["new", "640"]);
    expect(statSync(file).ino).not.toBe(ino);
    expect(readdirSync(folder)).toEqual(["config.yaml"]);
  });

  test("through links, which stay", async () => {
    const [real, dangling] = [join(folder, "real.yaml"), join(folder, "dangling.yaml")];
    writeFileSync(real, "old");
    symlinkSync("real.yaml", file);
    symlinkSync("later.yaml", dangling);
    expect(await saveConfig(file, "new", "old")).toBeNull();
    expect(await saveConfig(dangling, "first", null)).toBeNull();
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(lstatSync(dangling).isSymbolicLink()).toBe(true);
    expect([readFileSync(real, "utf8"), readFileSync(join(folder, "later.yaml"), "utf8")]).toEqual([
      "new",
      "first",
    ]);
  });
});

describe("nothing is written", () => {
  test("over what somebody else wrote, removed or made meanwhile", async () => {
    const why = `${file} was changed by somebody else meanwhile: nothing was written, try again`;
    writeFileSync(file, "theirs");
    expect(await saveConfig(file, "mine", "old")).toBe(why);
    expect(await saveConfig(file, "mine", null)).toBe(why);
    expect(readFileSync(file, "utf8")).toBe("theirs");
    rmSync(file);
    expect(await saveConfig(file, "mine", "theirs")).toBe(why);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("where it cannot be", async () => {
    writeFileSync(file, "");
    expect(await saveConfig(join(file, "config.yaml"), "a", null)).toBe(
      `${join(file, "config.yaml")} could not be written: its folder is none`,
    );
    symlinkSync("loop", join(folder, "loop"));
    expect(await saveConfig(join(folder, "loop"), "a", null)).toEndWith("a loop of links");
    expect(await saveConfig(folder, "a", "")).toEndWith("it is a directory");
  });
});

describe("a change of the file", () => {
  const draft = { ...emptyDraft, name: "db1", parameters: { host: "db1" } };
  const add = { kind: "add", draft } as const;
  const change = (edit: Parameters<typeof changeConfig>[1]) =>
    changeConfig(file, edit, (unsaved) => loadSettings({}, [], {}, unsaved));

  test("makes the file and then edits it", async () => {
    expect(await change(add)).toMatchObject({ ok: true });
    expect(await change({ kind: "move", node: "db1", group: "shop" })).toMatchObject({ ok: true });
    expect(readFileSync(file, "utf8")).toBe("nodes:\n  db1:\n    host: db1\n    group: shop\n");
    expect(await change({ kind: "delete", node: "db1" })).toEqual({ ok: true, text: "nodes: {}\n" });
  });

  test("that would not load is told and not made", async () => {
    const wrong = { ...draft, parameters: { host: "db1", port: "0" } };
    expect(await change({ kind: "add", draft: wrong })).toEqual({
      ok: false,
      problem: `${file}:4:11: nodes.db1.port: expected a whole number from 1 to 65535, found 0. For example: port: 5432.`,
    });
    expect(existsSync(file)).toBe(false);
    writeFileSync(file, "refresh: 1\n");
    expect(await change(add)).toMatchObject({
      ok: false,
      problem: expect.stringContaining(":1:10: refresh:"),
    });
    expect(readFileSync(file, "utf8")).toBe("refresh: 1\n");
  });

  test("puts no password where others can read it", async () => {
    writeFileSync(file, "nodes: {}\n", { mode: 0o644 });
    const held = { ...draft, password: new Secret("hunter2"), passwordPlace: "file" } as const;
    const result = await change({ kind: "add", draft: held });
    expect(result).toMatchObject({ ok: false, problem: expect.stringContaining("mode 0644") });
    expect(JSON.stringify(result) + readFileSync(file, "utf8")).not.toContain("hunter2");
    chmodSync(file, 0o600);
    expect(await change({ kind: "add", draft: held })).toMatchObject({ ok: true });
  });
});
