import { describe, expect, test } from "bun:test";
import { noImportCircles, serviceLayers, smallFolders } from "./support/house/folder-rules.ts";
import * as house from "./support/house/house-rules.ts";
import { importTable } from "./support/house/import-rules.ts";
import { kindsInRecords } from "./support/house/record-rules.ts";
import type { Problem, Rule, SourceFile } from "./support/house/source.ts";
import { noCharactersOfOthers, qualifiedSql } from "./support/house/sql-rules.ts";

const root = `${import.meta.dir}/..`;
const read = async (path: string): Promise<SourceFile> => ({
  path,
  text: await Bun.file(`${root}/${path}`).text(),
});
const source = await Promise.all([...new Bun.Glob("src/**/*.{ts,tsx}").scanSync(root)].sort().map(read));
const rest = await Promise.all(
  [...new Bun.Glob("{tests,bench,scripts}/**/*.{ts,tsx}").scanSync(root)].sort().map(read),
);

const print = (problems: readonly Problem[]) =>
  problems.map(({ path, line, message }) => `${path}:${line} ${message}`);

const rules: [string, Rule, SourceFile[]][] = [
  ["imports follow the table", importTable, source],
  ["no index.ts", house.noBarrels, [...source, ...rest]],
  ["no drawers for odds and ends", house.noDrawers, [...source, ...rest]],
  ["no file above 300 lines", house.shortFiles, [...source, ...rest]],
  ["keys are read in App.tsx", house.oneInput, source],
  ["text becomes an element in Lines.tsx", house.textInOnePlace, source],
  ["text is called safe in src/text", house.safeInOnePlace, source],
  ["no cast goes around safe text", house.noCastAroundSafe, source],
  ["timers are in schedule.ts", house.timersInOnePlace, source],
  ["files are read in src/files", house.filesReadInOnePlace, source],
  ["the process ends in main.ts, cli or app", house.exitsInOnePlace, source],
  ["only cli prints", house.quiet, source],
  ["SQL is schema-qualified", qualifiedSql, source],
  ["views walk no characters of others", noCharactersOfOthers, source],
  ["no words of a server decide", house.noWordsDecide, source],
  ["the folders of services are layers", serviceLayers, source],
  ["screens and dialogs are told apart by their records", kindsInRecords, source],
];

describe("the house", () => {
  test.each(rules)("%s", (_, rule, files) => {
    expect(print(files.flatMap((file) => rule(file)))).toEqual([]);
  });

  test("every view is listed", () => {
    expect(print(house.viewsAreListed(source))).toEqual([]);
  });

  test("no folder has more than 20 files", () => {
    expect(print(smallFolders([...source, ...rest]))).toEqual([]);
  });

  test("no import circle, even by type", () => {
    expect(print(noImportCircles(source))).toEqual([]);
  });
});

/** A rule that cannot fail protects nothing: each is tried on code that it must refuse, and on code that it must not. */
const refuses: [Rule, string, string][] = [
  [importTable, "src/components/Fleet.tsx", 'import { query } from "../services/pool.ts";'],
  [importTable, "src/components/Fleet.tsx", 'import type { Pool } from "../services/pool.ts";'],
  [importTable, "src/components/Fleet.tsx", 'import {\n  type Pool,\n} from "../services/pool.ts";'],
  [importTable, "src/components/Fleet.tsx", 'export * from "../services/pool.ts";'],
  [importTable, "src/components/Fleet.tsx", 'const pool = await import("../services/pool.ts");'],
  [importTable, "src/components/Fleet.tsx", 'type Pool = import("../services/pool.ts").Pool;'],
  [importTable, "src/components/Fleet.tsx", 'import "../services/pool.ts";'],
  [importTable, "src/components/Fleet.tsx", 'import { readFile } from "node:fs/promises";'],
  [importTable, "src/services/pool.ts", 'import { theme } from "../components/theme.ts";'],
  [importTable, "src/services/pool.ts", 'import { z } from "zod";'],
  [importTable, "src/stats/lag.ts", 'import type { Store } from "../store/store.ts";'],
  [importTable, "src/views/slots.ts", 'import { createHash } from "node:crypto";'],
  [importTable, "src/postgres/lsn.ts", 'import { something } from "@scope/package/deep";'],
  [importTable, "src/store/nodes.ts", 'import { log } from "../log.ts";'],
  [importTable, "src/store/nodes.ts", 'import { add } from "./samples";'],
  [importTable, "src/elsewhere/new.ts", ""],
  [house.noBarrels, "src/views/index.ts", ""],
  [house.noDrawers, "src/components/hooks/keys.ts", ""],
  [house.noDrawers, "tests/utils/keys.ts", ""],
  [house.shortFiles, "src/views/long.ts", "\n".repeat(300).concat("end")],
  [house.oneInput, "src/components/Fleet.tsx", "useInput(() => {});"],
  [house.textInOnePlace, "src/components/screens/x.tsx", "const x = <Text>{name}</Text>;"],
  [house.textInOnePlace, "src/components/screens/x.tsx", "const { stdout } = useStdout();"],
  [house.safeInOnePlace, "src/components/screens/x.tsx", "const cell = { text: name as SafeText };"],
  [house.safeInOnePlace, "src/cli/x.ts", "draw(names as readonly SafeText[]);"],
  [house.noCastAroundSafe, "src/components/screens/x.tsx", "const cell = { text: name as never };"],
  [house.timersInOnePlace, "src/services/pool.ts", "setTimeout(stop, 5);"],
  [house.timersInOnePlace, "src/services/pool.ts", "await Bun.sleep(5);"],
  [
    house.timersInOnePlace,
    "src/services/pool.ts",
    'import { setTimeout as wait } from "node:timers/promises";',
  ],
  [house.filesReadInOnePlace, "src/services/x.ts", 'const text = readFileSync("/etc/x", "utf8");'],
  [house.filesReadInOnePlace, "src/config/x.ts", 'import { readFile as take } from "node:fs/promises";'],
  [house.filesReadInOnePlace, "src/app/x.ts", "await Bun.file(path).text();"],
  [house.filesReadInOnePlace, "src/app/x.ts", 'const descriptor = openSync(path, "r");'],
  [house.exitsInOnePlace, "src/services/pool.ts", "process.exit(1);"],
  [house.quiet, "src/services/pool.ts", 'console.error("no");'],
  [house.quiet, "src/views/x.ts", "const pattern = /['`]/; console.log(pattern);"],
  [house.noWordsDecide, "src/services/x.ts", "if (/shutting down/.test(cause.message)) stop();"],
  [house.noWordsDecide, "src/stats/x.ts", 'return error.message.startsWith("no pg_hba.conf");'],
  [noCharactersOfOthers, "src/views/x.ts", "const sql = `select pg_catalog.left(a.query, 4)`;"],
  [noCharactersOfOthers, "src/views/x.ts", "const sql = `select pg_catalog.substr(a.query, 1, 4)`;"],
  [noCharactersOfOthers, "src/views/x.ts", "const sql = `select 1 where a.query ilike 'x'`;"],
  [qualifiedSql, "src/views/x.ts", "const sql = `select pid from pg_stat_activity`;"],
  [
    qualifiedSql,
    "src/views/x.ts",
    "const sql = `select a.pid from pg_catalog.pg_locks as l\n join pg_stat_activity a using (pid)`;",
  ],
  [qualifiedSql, "src/views/x.ts", "const sql = `select l.pid from pg_catalog.pg_locks l, pg_class c`;"],
  [qualifiedSql, "src/views/x.ts", "const sql = `select count(*) from pg_catalog.pg_locks`;"],
  [qualifiedSql, "src/views/x.ts", "const sql = `select * from pg_catalog.pg_locks`;"],
  [qualifiedSql, "src/views/x.ts", "const sql = `select l.* from pg_catalog.pg_locks l`;"],
  [qualifiedSql, "src/views/x.ts", "const sql = `select n from generate_series(1, 2) as n`;"],
  [qualifiedSql, "src/services/x.ts", 'await run("select pg_cancel_backend($1)");'],
  [serviceLayers, "src/services/wire/dial.ts", 'import type { Session } from "../session/session.ts";'],
  [serviceLayers, "src/services/schedule.ts", 'import { dial } from "./wire/dial.ts";'],
  [kindsInRecords, "src/commands/x.ts", 'if (place.kind === "node") return place.node;'],
  [kindsInRecords, "src/components/x.ts", 'if (screen.overlay?.kind !== "help") return null;'],
  [kindsInRecords, "src/components/x.ts", "switch (currentSpot(screen).place.kind) {\n}"],
  [qualifiedSql, "src/services/x.ts", "const part = flag ? `join pg_class c on true` : ``;"],
];

const accepts: [Rule, string, string][] = [
  [importTable, "src/main.ts", 'await import("./cli/run.ts");'],
  [
    importTable,
    "src/components/Fleet.tsx",
    'import { useStore } from "zustand/react";\nimport { Box } from "ink";',
  ],
  [importTable, "src/config/schema.ts", 'import { rules } from "../rules/all.ts";\nimport { z } from "zod";'],
  [importTable, "src/cli/run.ts", 'import about from "../../package.json" with { type: "json" };'],
  [importTable, "src/postgres/text.ts", 'export const hint = "import it from the server";'],
  [house.oneInput, "src/components/App.tsx", "useInput(() => {});"],
  [house.oneInput, "src/components/Fleet.tsx", "// useInput belongs to App\nexport {};"],
  [house.textInOnePlace, "src/components/drawing/Lines.tsx", "const x = <Text>{text}</Text>;"],
  [house.safeInOnePlace, "src/text/text.ts", "return text as SafeText;"],
  [house.noCastAroundSafe, "src/services/x.ts", "next(false as never);"],
  [house.timersInOnePlace, "src/services/tls.ts", "socket.setTimeout(0);"],
  [house.timersInOnePlace, "tests/x.test.ts", "setTimeout(stop, 5);"],
  [house.filesReadInOnePlace, "src/files/x.ts", "await handle.readFile();"],
  [house.filesReadInOnePlace, "src/services/x.ts", "// readFile would wait\nawait writeFile(path, text);"],
  [house.exitsInOnePlace, "src/cli/run.ts", "process.exit(2);"],
  [serviceLayers, "src/services/session/pool.ts", 'import { dial } from "../wire/dial.ts";'],
  [kindsInRecords, "src/store/screens/x.ts", 'if (place.kind === "node") return place.node;'],
  [kindsInRecords, "src/components/App.tsx", "const { Body } = overlayDrawings[overlay.kind];"],
  [house.quiet, "src/store/x.ts", 'import { lines } from "./console.ts"; const text = "console.log";'],
  [house.noWordsDecide, "src/postgres/sqlstate.ts", "if (/timeout/.test(message)) return late;"],
  [house.noWordsDecide, "src/services/x.ts", "if (/^57/.test(error.code)) show(error.message);"],
  [
    noCharactersOfOthers,
    "src/views/x.ts",
    "const sql = `select pg_catalog.substr(pg_catalog.textsend(q), 1, 4)`;",
  ],
  [qualifiedSql, "src/components/x.ts", "const sql = `select pid from pg_stat_activity`;"],
  [qualifiedSql, "src/views/x.ts", 'const about = "how far the standby is (see replay)";'],
  [
    qualifiedSql,
    "src/views/x.ts",
    `const sql = \`
      with recent(pid, age) as materialized (select a.pid, now from pg_catalog.pg_stat_activity as a), two as (values (1))
      select s.*, two.*, r.pid, extract(epoch from r.age), cast(r.pid as numeric(10, 2)), r.pid::varchar(3),
        coalesce(pg_catalog.max(r.age) filter (where r.pid in (1, 2)), 0) as oldest, -- not from nowhere()
        'from nowhere(x)' as words, r.pid is distinct from 3 as other
      from recent as r join two using (pid)
      cross join lateral (select u.n from pg_catalog.unnest(array[1]) as u(n)) as s
      left join pg_catalog.pg_locks l on (l.pid = r.pid), \${extension}.pg_stat_statements(true) as p(q)
      where exists (select 1 from only pg_catalog.pg_class) order by 1\`;`,
  ],
];

describe("the rules", () => {
  test.each(refuses)("%p refuses %s: %s", (rule, path, text) => {
    expect(rule({ path, text })).not.toEqual([]);
  });

  test.each(accepts)("%p accepts %s: %s", (rule, path, text) => {
    expect(print(rule({ path, text }))).toEqual([]);
  });

  test("a view that is not in the list is found", () => {
    const all = { path: "src/views/all.ts", text: 'import { locks } from "./locks.ts";' };
    const view = (name: string) => ({
      path: `src/views/${name}.ts`,
      text: `export const ${name} = defineView({});`,
    });
    expect(print(house.viewsAreListed([all, view("locks"), view("slots")]))).toEqual([
      "src/views/slots.ts:1 the view is missing from views/all.ts",
    ]);
  });

  test("a folder of 21 files is refused, one of 20 is not", () => {
    const files = Array.from({ length: 21 }, (_, n) => ({ path: `src/views/server/v${n}.ts`, text: "" }));
    expect(print(smallFolders(files))).toEqual(["src/views/server:1 21 files; a folder has 20 at most"]);
    expect(smallFolders(files.slice(1))).toEqual([]);
  });

  test("a circle is found, over several files and by a type alone", () => {
    const file = (name: string, text: string) => ({ path: `src/store/${name}.ts`, text });
    const circle = [
      file("a", 'import { b } from "./b.ts";'),
      file("b", 'import type { C } from "./c.ts";'),
      file("c", 'import { a } from "./a.ts";'),
    ];
    expect(print(noImportCircles(circle))).toEqual([
      "src/store/c.ts:1 circle: src/store/a.ts → src/store/b.ts → src/store/c.ts → src/store/a.ts",
    ]);
    expect(noImportCircles(circle.slice(0, 2))).toEqual([]);
  });
});
