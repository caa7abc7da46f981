import { expect, test } from "bun:test";
import { keysPage, viewsPage } from "../scripts/docs-pages.ts";

const committed = (path: string) => Bun.file(`${import.meta.dir}/../${path}`).text();

test("the pages that `bun run docs` writes are up to date", async () => {
  expect(await committed("docs/keys.md")).toBe(keysPage());
  expect(await committed("docs/views.md")).toBe(viewsPage());
});
