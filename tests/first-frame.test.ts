import { expect, test } from "bun:test";
import { join, relative } from "node:path";

const root = join(import.meta.dir, "..");

/** What the program has loaded when it draws its first frame, from the project's folder on. */
async function loadedFirst(): Promise<string[]> {
  const fixture = join(root, "tests/support/terminal/first-frame.fixture.ts");
  const child = Bun.spawn([process.execPath, fixture], { stdout: "pipe" });
  // The fixture is ours.
  const paths = (await new Response(child.stdout).json()) as string[];
  return paths.map((path) => relative(root, path));
}

/** What has time until the first frame is drawn. */
const late = [
  /^node_modules\/(pg|pg-pool|pg-protocol|ssh2|pino|pino-roll|cli-truncate|wrap-ansi)\//,
  /^node_modules\/zod\/v4\/locales\/(?!en\.|index\.)/,
  /^src\/services\/(?!watch\/observation|files|config-files|schedule)/,
  /^src\/cli\/(?!run|watch|both-sides|output)/,
  /^src\/app\/(?!tui|terminal|input|job-control)/,
  /^src\/config\/edit/,
];

test("the first frame waits for no driver, log or edit of the config", async () => {
  const loaded = await loadedFirst();
  expect(loaded.filter((path) => late.some((pattern) => pattern.test(path)))).toEqual([]);
  expect(loaded).toContain("src/components/screens/Fleet.tsx");
});

test("the first frame waits for few modules, each of which takes 0.1 ms or more from source", async () => {
  // A view is one file of data, and there are to be many.
  const others = (await loadedFirst()).filter((path) => !/^src\/views\/[a-z]+\//.test(path));
  expect(others.length).toBeLessThan(385);
});
