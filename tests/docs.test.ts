import { expect, test } from "bun:test";
import { keysPage, reservedNames, rulesPage, viewsPage, withThresholds } from "../scripts/docs-pages.ts";
import { pictures } from "../scripts/docs-pictures.tsx";
import { viewCalled } from "../src/commands/views.ts";
import { type StandingDemand, standingDemand } from "../src/rules/all.ts";
import { incidentNames } from "../src/services/throwaway/incidents/all.ts";
import { offeredViews } from "../src/views/all.ts";

const committed = (path: string) => Bun.file(`${import.meta.dir}/../${path}`).text();

test("what `bun run docs` writes is up to date", async () => {
  const example = await Bun.file(`${import.meta.dir}/../config.example.yaml`).text();
  const pages = {
    "config.example.yaml": withThresholds(example),
    "docs/keys.md": keysPage(),
    "docs/rules.md": rulesPage(),
    "docs/views.md": viewsPage(),
    "src/config/custom/reserved-names.json": reservedNames(),
    ...(await pictures()),
  };
  for (const [path, text] of Object.entries(pages))
    expect([path, await committed(path)]).toEqual([path, text]);
});

test("every view has an example with a row", () => {
  const sections = viewsPage().split("\n## ");
  const example = /\n {4}\$ .*\n {4}.+\n {4}.+/;
  const without = offeredViews().filter(
    ({ name }) => !sections.some((text) => text.includes(`: \`${name}\`\n`) && example.test(text)),
  );
  expect(without.map(({ name }) => name)).toEqual([]);
});

test("README's table of views names views that there are", async () => {
  const [, table = ""] =
    /\n\| what you want to know \|.*\n\|---.*\n((?:\|.*\n)+)/.exec(await committed("README.md")) ?? [];
  const named = [...table.matchAll(/^\|.*\|(.*)\|$/gm)].flatMap(
    ([, cell = ""]) => cell.match(/(?<=`)\w+(?=`)/g) ?? [],
  );
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((name) => viewCalled(name) === undefined)).toEqual([]);
});

test("every incident of the demo has its section", async () => {
  const sections = (await committed("docs/incidents.md")).matchAll(/^## (.+)$/gm);
  expect([...sections].map(([, name]) => name)).toEqual(incidentNames);
});

test("README says how many questions a minute the alert rules ask", async () => {
  const perMinute = (demands: readonly StandingDemand[]) =>
    demands.reduce((sum, { everyMs }) => sum + 60_000 / everyMs, 0);
  // Those of pglogical are asked for in each database.
  const ofServer = standingDemand().filter(({ view }) => view.scope === "server");
  const { all = [], some = [] } = Object.groupBy(ofServer, ({ onlyWhere }) => (onlyWhere ? "some" : "all"));
  expect((await committed("README.md")).replaceAll(/\s+/g, " ")).toContain(
    `and ${perMinute(all)} a minute for the alert rules, ${perMinute(all) + perMinute(some)} where it has subscriptions`,
  );
});
