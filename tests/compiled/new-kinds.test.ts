import { afterAll, describe, expect, test } from "bun:test";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dir, "../..");
const copy = mkdtempSync(join(tmpdir(), "pgparade-kinds-"));

afterAll(() => rmSync(copy, { recursive: true }));

/** Puts text in the place of another in a file of the copy. */
function edit(path: string, from: string, to: string): void {
  const text = readFileSync(join(copy, path), "utf8");
  if (!text.includes(from)) throw new Error(`${path} does not hold ${from}`);
  writeFileSync(join(copy, path), text.replace(from, to));
}

async function run(...command: string[]): Promise<string> {
  const child = Bun.spawn(command, { cwd: copy, stdout: "pipe", stderr: "pipe" });
  return (await new Response(child.stdout).text()) + (await new Response(child.stderr).text());
}

/** The files in which the compiler finds something missing. */
async function incomplete(): Promise<string[]> {
  const tsc = join(root, "node_modules/.bin/tsc");
  const found = await run(tsc, "--noEmit", "--pretty", "false", "--incremental", "--tsBuildInfoFile", "seen");
  const files = [...found.matchAll(/^(\S+?)\(\d+,\d+\): error TS\d+/gm)].map(([, path]) => path ?? "");
  return [...new Set(files)].sort();
}

const parts = [
  "src/commands/prompts/all.ts",
  "src/components/overlays/all.tsx",
  "src/components/screens/all.tsx",
  "src/store/screens/all.ts",
];

describe("a new kind of screen and a new kind of dialog", () => {
  test("are type errors in each list of records, and complete once they have one in each", async () => {
    cpSync(join(root, "src"), join(copy, "src"), { recursive: true });
    for (const path of ["package.json", "config.example.yaml"]) cpSync(join(root, path), join(copy, path));
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
    const options = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8"));
    writeFileSync(join(copy, "tsconfig.json"), JSON.stringify({ ...options, include: ["src"] }));
    edit("src/store/screen.ts", "export type Place =", 'export type Place =\n  | { readonly kind: "extra" }');
    edit(
      "src/store/screen.ts",
      "export type Overlay =",
      'export type Overlay =\n  | { readonly kind: "more" }',
    );
    expect(await incomplete()).toEqual(parts);

    writeFileSync(
      join(copy, "src/store/screens/extra.ts"),
      `import type { PlaceOf } from "../screen.ts";
      import { defineScreen, noSubject } from "./screen-of.ts";
      export const extra = defineScreen<PlaceOf<"extra">, never>({
        kind: "extra", filters: false,
        lines: () => [], subject: () => noSubject, opens: () => null, wants: () => [], crumbs: () => ["extra"],
        nodes: () => [], view: () => null, scope: () => ({ kind: "all" }), over: () => null,
      });`,
    );
    edit("src/store/screens/all.ts", "Screen<K> } = {", "Screen<K> } = { extra,");
    edit("src/store/screens/all.ts", "import", 'import { extra } from "./extra.ts";\nimport');
    edit(
      "src/components/screens/all.tsx",
      "Drawing<K> } = {",
      'Drawing<K> } = { extra: drawnBy("extra", () => null),',
    );
    edit(
      "src/components/overlays/all.tsx",
      "Drawing<K> } = {",
      'Drawing<K> } = { more: drawnBy("more", () => null),',
    );
    edit(
      "src/commands/prompts/all.ts",
      "Prompt<K> } = {",
      'Prompt<K> } = { more: definePrompt<"more">({ kind: "more", focus: () => "choice", keys: [] }),',
    );
    edit("src/commands/prompts/all.ts", "import type { Prompt }", "import { definePrompt, type Prompt }");
    expect(await incomplete()).toEqual([]);
  }, 60_000);

  test("which are about no node leave every command off that needs one", async () => {
    // It says what is on, and what pressing each of its keys does, where a fleet of one node is behind the screen.
    writeFileSync(
      join(copy, "src/try.ts"),
      `import { commands } from "./commands/all.ts";
      import { applies } from "./commands/command.ts";
      import { commandFor } from "./commands/dispatch.ts";
      import { open } from "./store/screen.ts";
      import { openStore, updateScreen } from "./store/store.ts";
      const store = openStore({ columns: 80, rows: 24, refreshMs: 1000, title: "test" });
      const health = { state: "connected", error: null };
      const node = { name: "a", health, facts: null, pulse: null, lag: null, alerts: [], unknowns: [] };
      const clusters = [{ name: "a", heading: false, nodes: [{ name: "a", depth: 0 }] }];
      store.setState({ observed: { nowMs: 0, clockMs: 0, nodes: { a: node }, clusters, samples: {}, events: [] } as never });
      const on = () => commands.filter((c) => c.needs && applies(c, store.getState())).map((c) => c.name);
      const fleet = on();
      updateScreen(store, (screen) => open(screen, { kind: "extra" }));
      const keys = ["d", "c", "p", "T", "C", "K"].filter((key) => commandFor(key, store.getState())?.needs);
      console.log(JSON.stringify({ fleet, extra: on(), keys }));`,
    );
    const { fleet, extra, keys } = JSON.parse(await run(process.execPath, "src/try.ts"));
    expect(fleet).toContain("disconnect");
    expect({ extra, keys }).toEqual({ extra: [], keys: [] });
  }, 60_000);
});
