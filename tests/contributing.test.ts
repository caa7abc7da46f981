import { expect, test } from "bun:test";
import { users } from "../docs/examples/users.ts";
import { tableOf } from "../src/store/table.ts";
import { activityOf, backend, node, observed } from "./support/screens/fixtures.ts";

const root = `${import.meta.dir}/..`;
const read = (path: string) => Bun.file(`${root}/${path}`).text();

test.each(["src/views/io/bgwriter.ts", ...new Bun.Glob("docs/examples/*.ts").scanSync(root)])(
  "CONTRIBUTING shows %s as it is",
  async (path) => {
    const shown = (await read(path)).replace(/^(import .*\n)+\n/, "").replace(/^(?=.)/gm, "    ");
    expect(await read("CONTRIBUTING.md")).toContain(shown);
  },
);

test("the concluded example draws users with their sessions below them", () => {
  const sessions = [backend(7, { usename: "web" }), backend(9, { usename: "job" })];
  const seen = observed([node("a")], undefined, activityOf({ a: sessions }));
  const { lines } = tableOf(users, seen, ["a"], { filter: "", sortBy: null, folded: new Set() });
  expect(lines.map(({ depth, row }) => `${"-".repeat(depth)}${row["name"]}`)).toEqual([
    "job",
    "-job 9",
    "web",
    "-web 7",
  ]);
});
