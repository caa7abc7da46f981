import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { isAnySchema } from "../../../src/postgres/extension.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { viewNamed } from "../../../src/views/all.ts";
import { declared } from "../../support/house/declared-columns.ts";
import { newest, nodeOf, roles } from "../../support/servers/majors.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import {
  type Earlier,
  extensionSchema,
  odditiesOf,
  refusalsIn,
  statementOf,
  withClient,
} from "../../support/servers/view-contract.ts";

// One view of views.test.ts on the newest major, while it is written: `bun run check:view NAME`.
const view = viewNamed(process.env["PGPARADE_CHECK_VIEW"] ?? "");
if (view?.kind !== "asked")
  throw new Error("bun run check:view NAME says which view; a concluded one is asked of no server");
const needed = view.needsExtension;
if (needed && !isAnySchema(needed))
  throw new Error(`the servers here lack the extension ${needed.name}: the view has a test of its own`);

const servers = serversForTests();
const manager = new ConnectionManager();
const earlier: Earlier = new Map();
const kinds = ["primary", "standby"] as const;
let serverOf: Readonly<Record<(typeof kinds)[number], ThrowawayServer>>;

beforeAll(async () => {
  const extension = needed
    ? [
        `create schema ${extensionSchema}`,
        `grant usage on schema ${extensionSchema} to monitor, bare`,
        `create extension ${needed.name} schema ${extensionSchema}`,
      ]
    : [];
  const { primary, standbys } = await servers.cluster("view", 1, { bootstrap: extension });
  serverOf = { primary, standby: standbys[0] ?? primary };
  for (const kind of kinds) for (const role of roles) manager.add(nodeOf(serverOf[kind], role));
  const receivers = "select from pg_catalog.pg_stat_wal_receiver where status = 'streaming'";
  await until(async () => (await serverOf.standby.query(receivers)).length === 1);
});
afterAll(() => manager.stop(0));

describe.each([...kinds])(`${view.name} on a %s`, (kind) => {
  test("returns the declared columns, in readable types", async () => {
    await withClient(serverOf[kind], async (client) => {
      const { columns, unreadable } = await statementOf(client, view, newest);
      expect(columns).toEqual(declared(view, newest));
      expect(unreadable).toEqual([]);
    });
  });

  test.each([...roles])("answers %s with what it declares", async (role) => {
    expect(await odditiesOf(manager, nodeOf(serverOf[kind], role).name, view, earlier)).toEqual([]);
  });

  test("asks for nothing that the server must refuse", async () => {
    expect(await refusalsIn(serverOf[kind])).toEqual([]);
  });
});
