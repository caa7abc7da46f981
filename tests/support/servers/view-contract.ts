import pg from "pg";
import { isAnySchema, lowestFitting } from "../../../src/postgres/extension.ts";
import { schemaMark } from "../../../src/postgres/identifier.ts";
import type { ServerFacts } from "../../../src/postgres/server.ts";
import type { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { sampleView } from "../../../src/services/watch/sampling.ts";
import { pulseRow } from "../../../src/store/fleet-samples.ts";
import { askedViews } from "../../../src/views/all.ts";
import { compared } from "../../../src/views/compared.ts";
import type { OkSample, Sample } from "../../../src/views/sample.ts";
import { pulseView } from "../../../src/views/server/pulse.ts";
import { type AskedView, notApplicable, type Row, sqlFor } from "../../../src/views/view.ts";
import { isReadable, oddity } from "../house/declared-columns.ts";

/** All that a view can show. */
const viewOptions = { idle: true, wholeText: true };

/** The views that a server of this role and without extensions answers pg_monitor; one for the other role alone does not. */
export const askedOf = (role: "primary" | "standby"): readonly AskedView[] =>
  askedViews.filter(
    ({ runsOn, needsExtension, needsRights }) =>
      (runsOn === "any" || runsOn === role) && !needsExtension && !needsRights,
  );

/** The answers that rates begin with, by view and node. */
export type Earlier = Map<string, OkSample>;

/** The finished rows of a view of one node. Rejects with the reason when there are none. */
export async function sampleOf(
  manager: ConnectionManager,
  node: string,
  view: AskedView,
  earlier: Earlier,
): Promise<readonly Row[]> {
  const taken = await sampleView(manager, node, view, { viewOptions });
  if (taken.state === "ok") {
    const key = `${view.name} ${node}`;
    const before = earlier.get(key);
    earlier.set(key, taken);
    if (view !== pulseView) return compared(view, taken, before ?? null, "rate");
    const pulse = pulseRow(before ? [before, taken] : [taken], manager.facts(node), null);
    return pulse ? [pulse] : [];
  }
  if (isDeclared(view, taken, manager.facts(node))) return [];
  throw new Error(`${view.name}: ${taken.state === "failed" ? taken.error.message : taken.why}`);
}

/** Whether a view says of itself that such a server or role has no rows of it, and the reason names what would help. */
function isDeclared(view: AskedView, taken: Sample, facts: ServerFacts | null): boolean {
  if (taken.state === "notApplicable")
    return view.needsExtension !== undefined || (facts !== null && notApplicable(view, facts) !== null);
  const needsRights = view.needsRights ?? view.needsExtension;
  if (taken.state !== "failed" || !needsRights || facts?.superuser) return false;
  const isForSuperusers = facts !== null && facts.versionNum < (view.needsRights?.superusersBelow ?? 0);
  return taken.error.kind === "privilege" && (isForSuperusers || /^GRANT /.test(taken.error.detail ?? ""));
}

/** The values of two samples that are not what their column declares, each with the reason; empty is right. */
export async function odditiesOf(
  manager: ConnectionManager,
  node: string,
  view: AskedView,
  earlier: Earlier,
): Promise<readonly (readonly [column: string, why: string])[]> {
  const samples = [
    await sampleOf(manager, node, view, earlier),
    await sampleOf(manager, node, view, earlier),
  ];
  return samples.flat().flatMap((row) =>
    Object.entries(view.columns).flatMap(([name, column]) => {
      const why = oddity(column.kind, row[name]);
      return why === null ? [] : [[name, why] as const];
    }),
  );
}

/** The schema that {@link statementFor} finds extensions in. */
export const extensionSchema = "ext";

/** A view's statement for a major; for the newest version of an extension where it is by that. */
function statementFor(view: AskedView, major: number): string {
  const needed = view.needsExtension;
  if (!needed || !isAnySchema(needed)) return sqlFor(view, major * 10_000) ?? "";
  const newest = lowestFitting(needed, "9999") ?? "";
  return needed.sql[newest]?.replaceAll(schemaMark, extensionSchema) ?? "";
}

/** A view's statement on a server, the names of its columns in order of the alphabet, and those of a type that we cannot read. */
export async function statementOf(client: pg.Client, view: AskedView, major: number) {
  const text = statementFor(view, major);
  const values = [...(view.parameters?.(viewOptions) ?? [])];
  const { fields } = await client.query({ text, values });
  return {
    statement: { name: view.name, text, values },
    columns: fields.map(({ name }) => name).sort(),
    unreadable: fields.filter(({ name, dataTypeID }) => !isReadable(view, name, dataTypeID)),
  };
}

/** The lines of a server's log in which it refused something to us. */
export async function refusalsIn({ logFile }: ThrowawayServer): Promise<readonly string[]> {
  const log = await Bun.file(logFile).text();
  return log.split("\n").filter((line) => /\] pgparade (WARNING|ERROR|FATAL|PANIC): /.test(line));
}

/** The superuser's own session, through the socket. */
export async function withClient(
  server: ThrowawayServer,
  use: (client: pg.Client) => Promise<void>,
): Promise<void> {
  const client = new pg.Client({
    host: server.socketDirectory,
    port: server.port,
    user: "postgres",
    database: "postgres",
    application_name: "test",
  });
  client.on("error", () => {});
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}
