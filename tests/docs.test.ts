import { expect, test } from "bun:test";
import { keysPage, viewsPage } from "../scripts/docs-pages.ts";
import { pictures } from "../scripts/docs-pictures.tsx";

const committed = (path: string) => Bun.file(`${import.meta.dir}/../${path}`).text();

test("what `bun run docs` writes is up to date", async () => {
  const pages = { "docs/keys.md": keysPage(), "docs/views.md": viewsPage(), ...(await pictures()) };
  for (const [path, text] of Object.entries(pages))
    expect([path, await committed(path)]).toEqual([path, text]);
});
