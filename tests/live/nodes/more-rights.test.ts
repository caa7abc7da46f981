import { describe, expect, test } from "bun:test";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { sampleView } from "../../../src/services/watch/sampling.ts";
import { askedViews } from "../../../src/views/all.ts";
import { notesOn } from "../../../src/views/view.ts";
import { binariesOf, installMajors } from "../../support/servers/majors.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";

const { found } = await installMajors();

/** The GRANTs of the page for people, with the majors that it says they are for. */
const page = await Bun.file(new URL("../../../docs/connections.md", import.meta.url)).text();
const rows = page.matchAll(/^\| `(GRANT [^`]+)` \| (\d+) to (\d+) \|/gm);
const listed = [...rows].map(([, grant = "", from, to]) => ({ grant, from: Number(from), to: Number(to) }));
/** How a view words it: with schema, and without blanks between the types. */
const plain = (grant: string) => grant.replaceAll("pg_catalog.", "").replaceAll(/, (?=\w+[,)])/g, ",");

const settings = { logging_collector: "on", log_directory: "log" };
const made = [
  "create table owned (name text)",
  "insert into owned select 'a name' from generate_series(1, 100)",
  "analyze owned",
  "create sequence counted",
  "alter system set max_connections = 77",
  "select pg_catalog.pg_reload_conf()",
];

describe.each(found)("PostgreSQL %d", (major) => {
  const binaries = binariesOf(major);
  const servers = serversForTests(binaries ? { binaries: async () => binaries } : {});

  test("the page names each GRANT that pg_monitor lacks, and with them no other is missing", async () => {
    const server = await servers.lone("rights", { settings });
    for (const statement of made) await server.query(statement);
    const waiting = "select from pg_catalog.pg_settings where pending_restart";
    await until(async () => (await server.query(waiting)).length > 0);
    await using manager = Object.assign(new ConnectionManager(), {
      [Symbol.asyncDispose]: async () => manager.stop(0),
    });
    manager.add(nodeSettings(server, { connection: { user: "monitor" } }));
    const lacking = async () => {
      const said: string[] = [];
      for (const view of askedViews) {
        const viewOptions = { idle: true, wholeText: true };
        const sample = await sampleView(manager, server.name, view, { viewOptions });
        const facts = manager.facts(server.name);
        if (!facts) throw new Error("no facts");
        if (sample.state === "failed") said.push(`${sample.error.message} ${sample.error.detail ?? ""}`);
        if (sample.state === "ok") said.push(...notesOn(view, sample.rows, facts));
      }
      return said.filter((one) => /GRANT|denied|superuser/.test(one)).map((one) => one.trim());
    };
    const fitting = listed.filter(({ from, to }) => from <= major && major <= to).map(({ grant }) => grant);
    const before = (await lacking()).flatMap((one) => one.match(/GRANT .+? TO monitor/g) ?? []);
    expect(before.length).toBeGreaterThan(3);
    expect(fitting.map(plain)).toEqual(expect.arrayContaining(before.map(plain)));
    for (const grant of fitting) await server.query(grant);
    expect(await lacking()).toEqual(major > 10 ? [] : ["only superusers may read it before PostgreSQL 11"]);
  }, 120_000);
});
