// Clock times on the pictures are the same everywhere.
process.env["TZ"] = "UTC";
const { keysPage, reservedNames, rulesPage, viewsPage, withThresholds } = await import("./docs-pages.ts");
const { pictures } = await import("./docs-pictures.tsx");

/** Writes what in docs/ is made from the program itself. */
const example = await Bun.file(`${import.meta.dir}/../config.example.yaml`).text();
const pages = {
  "config.example.yaml": withThresholds(example),
  "docs/keys.md": keysPage(),
  "docs/rules.md": rulesPage(),
  "docs/views.md": viewsPage(),
  "src/config/custom/reserved-names.json": reservedNames(),
  ...(await pictures()),
};
for (const [path, text] of Object.entries(pages)) {
  await Bun.write(`${import.meta.dir}/../${path}`, text);
  console.log(path);
}

export {};
