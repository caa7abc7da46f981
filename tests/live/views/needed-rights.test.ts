import { expect, test } from "bun:test";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { sampleView } from "../../../src/services/watch/sampling.ts";
import { integer } from "../../../src/views/columns.ts";
import { defineView } from "../../../src/views/view.ts";
import { nodeOf } from "../../support/servers/majors.ts";
import { serversForTests } from "../../support/servers/servers.ts";
import { refusalsIn } from "../../support/servers/view-contract.ts";

const servers = serversForTests();
const viewOptions = { idle: false, wholeText: false };

const rules = defineView({
  name: "rules",
  title: "Rules",
  section: "server",
  source: "pg_hba_file_rules",
  scope: "server",
  runsOn: "any",
  rowKey: ["line_number"],
  sortBy: "line_number",
  needsRights: {
    functions: ["pg_catalog.pg_hba_file_rules()", "pg_catalog.no_such_function(text)"],
    relations: ["pg_catalog.pg_hba_file_rules"],
  },
  columns: { line_number: integer("LINE") },
  sql: { 100000: "select r.line_number from pg_catalog.pg_hba_file_rules as r" },
});

test("a view that needs a right is not asked without it, names each GRANT, and answers with them", async () => {
  const server = await servers.lone("rights");
  await using manager = Object.assign(new ConnectionManager(), {
    [Symbol.asyncDispose]: async () => manager.stop(0),
  });
  const monitor = nodeOf(server, "monitor");
  manager.add(monitor);
  const sample = () => sampleView(manager, monitor.name, rules, { viewOptions });
  const grants = [
    "GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() TO monitor",
    "GRANT SELECT ON pg_catalog.pg_hba_file_rules TO monitor",
  ];
  expect(await sample()).toMatchObject({
    state: "failed",
    error: {
      ...{ kind: "privilege", sqlstate: "42501", detail: grants.join("; ") },
      message: "permission denied for pg_hba_file_rules(), pg_hba_file_rules",
    },
  });
  expect(await refusalsIn(server)).toEqual([]);
  await server.query(grants[0] ?? "");
  // What it has by now is not named.
  expect(await sample()).toMatchObject({
    error: { message: "permission denied for pg_hba_file_rules", detail: grants[1] },
  });
  await server.query(grants[1] ?? "");
  expect(await sample()).toMatchObject({ state: "ok" });
});
