import type { NodeSettings } from "../../config/settings.ts";
import { extensionQuestion, foundExtension, isAnySchema } from "../../postgres/extension.ts";
import { type NodeError, nodeError } from "../../postgres/node-error.ts";
import {
  lackOfRights,
  neededRightsStatement,
  neededRightsValues,
  onlyForSuperusers,
  unusableStatement,
  unusableValues,
} from "../../postgres/rights.ts";
import { failedSample } from "../../views/compared.ts";
import { decode, mostForeignRows } from "../../views/decode.ts";
import type { Sample } from "../../views/sample.ts";
import { pulseView } from "../../views/server/pulse.ts";
import { askedDatabases, databases } from "../../views/storage/databases.ts";
import { type AskedView, notApplicable, type Row, sqlFor, type ViewOptions } from "../../views/view.ts";
import type { ConnectionManager } from "../nodes/connection-manager.ts";
import { type AskOptions, notIntroduced } from "../nodes/outcome.ts";
import type { Answer, Statement } from "../session/session.ts";
import { senseless } from "../wire/message-guard.ts";
import type { Part } from "./rounds.ts";
import { withTexts } from "./texts.ts";

/** What a server of this version is asked for a view; null when it is too old. */
export function statementOf(view: AskedView, versionNum: number, viewOptions: ViewOptions): Statement | null {
  const text = sqlFor(view, versionNum);
  const values = view.parameters?.(viewOptions) ?? [];
  if (text === null) return null;
  // Without a name the transaction is undone, whatever was called in it.
  return view.fromConfig ? { text } : { name: view.name, text, values };
}

type Question = {
  readonly viewOptions: ViewOptions;
} & Pick<AskOptions, "speaksForHealth" | "apart" | "database">;

/** A sample, and how many milliseconds its statement took; 0 where none was needed, null where it came to no session. */
type Taken = { readonly sample: Sample; readonly ms: number | null };

/** Asks one node for one view and decodes the answer. Failures are samples too. */
export async function askView(
  manager: ConnectionManager,
  node: string,
  view: AskedView,
  { viewOptions, ...asked }: Question,
): Promise<Taken> {
  const notReady = await manager.ready(node);
  const facts = manager.facts(node);
  const failed = (error: NodeError, ms: number | null): Taken => ({
    sample: failedSample(error, undefined),
    ms,
  });
  if (notReady || !facts) return failed(notReady ?? notIntroduced, null);
  const why = notApplicable(view, facts);
  const statement = statementOf(view, facts.versionNum, viewOptions);
  if (why !== null || statement === null)
    return { sample: { state: "notApplicable", why: why ?? "server too old" }, ms: 0 };
  const options = { ...asked, ...deadlineOf(view, manager.get(node)) };
  const found = await neededOf(manager, node, view, options);
  if (found?.sample) return { sample: found.sample, ms: found.ms };
  const outcome = await manager.query(node, { ...statement, ...found?.statement }, options);
  const ms = outcome.ms === null ? null : outcome.ms + (found?.ms ?? 0);
  if (!outcome.ok) {
    if (view.fromConfig && outcome.error.isTooMuch) return failed(tooMuchOf(view, outcome.error), ms);
    const { sqlstate } = outcome.error;
    const isRefused = sqlstate === "42501" && !view.fromConfig;
    const grants = isRefused ? await grantsFor(manager, node, found?.statement ?? statement, options) : null;
    const error = { ...outcome.error, hint: grants ?? outcome.error.hint };
    // Where there was no session for it, or no answer, the silence is judged.
    if (view.name === pulseView.name && ms !== null && error.sqlstate !== null) manager.refused(node, error);
    return failed(error, ms);
  }
  const [atMs, clockMs] = [performance.now(), Date.now()];
  const database = asked.database ?? facts.database;
  const rows = decoded(view, outcome.answer, facts.versionNum, view.scope === "server" ? null : database);
  if ("kind" in rows) {
    if (view.name === pulseView.name) manager.distrust(node, rows);
    return failed(rows, ms);
  }
  const epoch = String(facts.startedAtMs);
  const { inSchema } = found ?? {};
  if (!inSchema) return { sample: { state: "ok", rows, atMs, clockMs, epoch }, ms };
  const filled = await withTexts(manager, node, view, { rows, inSchema, options });
  const inAll = ms === null ? null : ms + filled.ms;
  return { sample: { state: "ok", rows: filled.rows, atMs, clockMs, epoch }, ms: inAll };
}

/** The GRANTs that a refused statement lacks, by one question more; null where no right is known that it lacks. */
async function grantsFor(
  manager: ConnectionManager,
  node: string,
  { text }: Pick<Statement, "text">,
  options: AskOptions,
): Promise<string | null> {
  const facts = manager.facts(node);
  const asked = { name: "unusable", text: unusableStatement, values: unusableValues(text) };
  // That the server answers this tells nothing of the pulse.
  const outcome = await manager.query(node, asked, { ...options, speaksForHealth: false });
  return outcome.ok && facts ? (lackOfRights(outcome.answer, facts)?.detail ?? null) : null;
}

/** An answer to a statement of the config that is given up before its rows are counted: the statement is to blame. */
function tooMuchOf({ name }: AskedView, { message }: NodeError): NodeError {
  const why = `the statement of views.${name} gives ${message}; ${mostForeignRows} rows are the most: write a LIMIT, or give less of each row`;
  return nodeError("other", why, `See views.${name} in the config.`);
}

/** What a look at what a view needs said: why it cannot be read, or the statement by the version of its extension. */
type Needed = {
  readonly sample?: Sample;
  readonly statement?: Pick<Statement, "name" | "text">;
  readonly inSchema?: (sql: string) => string;
  readonly ms: number | null;
};

/** Null where the view needs neither an extension nor rights. */
async function neededOf(
  manager: ConnectionManager,
  node: string,
  { name, needsExtension, needsRights, source, scope }: AskedView,
  options: AskOptions,
): Promise<Needed | null> {
  const facts = manager.facts(node);
  if (!facts) return null;
  if (needsRights) {
    const refused = onlyForSuperusers(needsRights, facts);
    if (refused) return { sample: failedSample(refused, undefined), ms: 0 };
    const values = neededRightsValues(needsRights);
    const asked = { name: "needed rights", text: neededRightsStatement, values };
    const outcome = await manager.query(node, asked, options);
    const error = outcome.ok ? lackOfRights(outcome.answer, facts) : outcome.error;
    if (error || !needsExtension)
      return { ...(error && { sample: failedSample(error, undefined) }), ms: outcome.ms };
  }
  if (!needsExtension) return null;
  const outcome = await manager.query(node, extensionQuestion(needsExtension, source), options);
  const { ms } = outcome;
  if (!outcome.ok) return { sample: failedSample(outcome.error, undefined), ms };
  const found = foundExtension(needsExtension, outcome.answer, facts);
  if (found?.state === "there") {
    const { mark, text, inSchema } = found;
    return { statement: { name: `${name} ${mark}`, text }, inSchema, ms };
  }
  if (found?.state === "failed") return { sample: failedSample(found.error, undefined), ms };
  if (!found) return { ms };
  const isElsewhere = found.isAbsent && scope === "server" && isAnySchema(needsExtension);
  const there = isElsewhere ? await databaseWith(manager, node, needsExtension.name) : null;
  const why = `${needsExtension.name} is installed in ${there}, not in ${facts.database}`;
  return { sample: there === null ? found : { ...found, why: `${why}: ${remedyFor(there)}` }, ms };
}

const remedyFor = (database: string) => `CREATE EXTENSION here too, or connect to ${database}`;

/** Which database of a node has an extension that its own lacks, by when that was looked for. */
const elsewhere = new WeakMap<ConnectionManager, Map<string, { atMs: number; there: string | null }>>();
const elsewhereEveryMs = 300_000;
const mostDatabases = 20;

/** A database with the extension, of those that let us in; null for none. It takes a session in each, so it is looked for seldom. */
async function databaseWith(
  manager: ConnectionManager,
  node: string,
  extension: string,
): Promise<string | null> {
  const known = elsewhere.get(manager) ?? new Map<string, { atMs: number; there: string | null }>();
  elsewhere.set(manager, known);
  const key = JSON.stringify([node, extension]);
  const last = known.get(key);
  if (last && performance.now() - last.atMs < elsewhereEveryMs) return last.there;
  const remember = (there: string | null) => known.set(key, { atMs: performance.now(), there });
  remember(null);
  const facts = manager.facts(node);
  const listed = await sampleView(manager, node, databases, { viewOptions: plainOptions });
  if (!facts || listed.state !== "ok" || manager.get(node)?.pool.databases === 0) return null;
  const others = askedDatabases(listed.rows, facts).filter(
    ({ name, refused }) => !refused && name !== facts.database,
  );
  const text = "select e.extversion from pg_catalog.pg_extension as e where e.extname = $1";
  for (const { name: database } of others.slice(0, mostDatabases)) {
    const asked = await manager.query(
      node,
      { name: "extension here", text, values: [extension] },
      { database },
    );
    if (asked.ok && asked.answer.rows.length > 0) {
      remember(database);
      return database;
    }
  }
  return null;
}

const plainOptions: ViewOptions = { idle: false, wholeText: false };

/** {@link askView} for callers that do not care what it took. */
export async function sampleView(
  manager: ConnectionManager,
  node: string,
  view: AskedView,
  question: Question,
): Promise<Sample> {
  return (await askView(manager, node, view, question)).sample;
}

/**
 * Asks the databases of a node for a view, as many at once as may be, and hands over each answer; only those of these
 * names where any are given. Null, else why the server does not say which there are.
 */
export async function sampleDatabases(
  manager: ConnectionManager,
  node: string,
  view: AskedView,
  { viewOptions, only, ...asked }: Question & { readonly only: readonly string[] },
  take: (sample: Sample, part: Part) => void,
): Promise<Sample | null> {
  const listed = await sampleView(manager, node, databases, { viewOptions, ...asked });
  const facts = manager.facts(node);
  if (listed.state !== "ok" || !facts) return listed;
  const all = askedDatabases(listed.rows, facts);
  const wanted = only.map((name) => all.find((one) => one.name === name) ?? { name, refused: null });
  const chosen = only.length === 0 ? all : wanted;
  const among = chosen.map(({ name }) => name);
  const left = [...chosen];
  const askInTurn = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      const question = { viewOptions, database: next.name };
      const sample = next.refused ?? (await sampleView(manager, node, view, question));
      take(isNone(sample) && only.length > 0 ? noDatabase(next.name) : sample, {
        database: next.name,
        among,
      });
    }
  };
  const atOnce = Math.max(1, manager.get(node)?.pool.databases ?? 0);
  await Promise.all(Array.from({ length: atOnce }, askInTurn));
  return null;
}

/** Not each node of a fleet has each database that is asked for by name. */
const isNone = (sample: Sample) => sample.state === "failed" && sample.error.sqlstate === "3D000";
const noDatabase = (name: string): Sample => ({
  state: "notApplicable",
  why: `no database ${name} here`,
  isAbsent: true,
  lacksDatabase: true,
});

/** The server ends the statement itself by statement_timeout, which keeps the session. The pulse has a limit of its own. */
function deadlineOf(view: AskedView, settings: NodeSettings | undefined): Pick<AskOptions, "deadlineMs"> {
  if (view.name === pulseView.name || !settings) return {};
  return { deadlineMs: view.deadlineMs ?? settings.statementTimeoutMs + 1000 };
}

function decoded(
  view: AskedView,
  answer: Answer,
  versionNum: number,
  database: string | null,
): Row[] | NodeError {
  try {
    const rows = decode(view, answer, versionNum);
    return database === null ? rows : rows.map((row) => ({ ...row, database }));
  } catch (cause) {
    const why = cause instanceof RangeError ? cause.message : undefined;
    return view.fromConfig && why !== undefined
      ? nodeError("other", why, `See views.${view.name} in the config.`)
      : senseless(why);
  }
}
