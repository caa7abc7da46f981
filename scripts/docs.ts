import { keysPage, viewsPage } from "./docs-pages.ts";

/** Writes what in docs/ is made from the program itself. */
const pages = { "docs/keys.md": keysPage(), "docs/views.md": viewsPage() };
for (const [path, text] of Object.entries(pages)) {
  await Bun.write(`${import.meta.dir}/../${path}`, text);
  console.log(path);
}
