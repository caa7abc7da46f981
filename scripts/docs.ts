// Clock times on the pictures are the same everywhere.
process.env["TZ"] = "UTC";
const { keysPage, viewsPage } = await import("./docs-pages.ts");
const { pictures } = await import("./docs-pictures.tsx");

/** Writes what in docs/ is made from the program itself. */
const pages = { "docs/keys.md": keysPage(), "docs/views.md": viewsPage(), ...(await pictures()) };
for (const [path, text] of Object.entries(pages)) {
  await Bun.write(`${import.meta.dir}/../${path}`, text);
  console.log(path);
}

export {};
