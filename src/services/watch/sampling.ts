import type { NodeSettings } from "../../config/settings.ts";
import { extensionStatement, extensionValues, lackOfExtension } from "../../postgres/extension.ts";
import type { NodeError } from "../../postgres/node-error.ts";
import { lackOfRights, neededRightsStatement, neededRightsValues } from "../../postgres/rights.ts";
import { grantSelect } from "../../postgres/server.ts";
import { failedSample } from "../../views/compared.ts";
import { decode } from "../../views/decode.ts";
import type { Sample } from "../../views/sample.ts";
import { pulseView } from "../../views/server/pulse.ts";
import { askedDatabases, databases } from "../../views/storage/databases.ts";
import { type AskedView, notApplicable, type Row, sqlFor, type ViewOptions } from "../../views/view.ts";
import type { ConnectionManager } from "../nodes/connection-manager.ts";
import { type AskOptions, notIntroduced } from "../nodes/outcome.ts";
import type { Answer, Statement } from "../session/session.ts";
import { senseless } from "../wire/message-guard.ts";
import type { Part } from "./rounds.ts";

/** What a server of this version is asked for a view; null when it is too old. */
export function statementOf(view: AskedView, versionNum: number, viewOptions: ViewOptions): Statement | null {
  const text = sqlFor(view, versionNum);
  const values = view.parameters?.(viewOptions) ?? [];
  return text === null ? null : { name: view.name, text, values };
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
  const lack = await lackOf(manager, node, view, options);
  if (lack?.sample) return { sample: lack.sample, ms: lack.ms };
  const outcome = await manager.query(node, statement, options);
  const ms = outcome.ms === null ? null : outcome.ms + (lack?.ms ?? 0);
  if (!outcome.ok) {
    const hint = grantSelect(outcome.error, view.source, facts) ?? outcome.error.hint;
    const error = { ...outcome.error, hint };
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
  return { sample: { state: "ok", rows, atMs, clockMs, epoch: String(facts.startedAtMs) }, ms };
}

/** Why a view cannot be read for want of an extension or a right; null where it needs neither. */
async function lackOf(
  manager: ConnectionManager,
  node: string,
  { needsExtension, needsRights, source }: AskedView,
  options: AskOptions,
): Promise<{ readonly sample: Sample | null; readonly ms: number | null } | null> {
  const facts = manager.facts(node);
  if (!facts) return null;
  if (needsRights) {
    const values = neededRightsValues(needsRights);
    const asked = { name: "needed rights", text: neededRightsStatement, values };
    const outcome = await manager.query(node, asked, options);
    const error = outcome.ok ? lackOfRights(source, outcome.answer, facts) : outcome.error;
    return { sample: error && failedSample(error, undefined), ms: outcome.ms };
  }
  if (!needsExtension) return null;
  const values = extensionValues(needsExtension, source);
  const outcome = await manager.query(node, { name: "extension", text: extensionStatement, values }, options);
  const { ms } = outcome;
  if (!outcome.ok) return { sample: failedSample(outcome.error, undefined), ms };
  const lack = lackOfExtension(needsExtension, outcome.answer, facts);
  return { sample: lack?.state === "failed" ? failedSample(lack.error, undefined) : lack, ms };
}

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
      take(next.refused ?? (await sampleView(manager, node, view, question)), { database: next.name, among });
    }
  };
  const atOnce = Math.max(1, manager.get(node)?.pool.databases ?? 0);
  await Promise.all(Array.from({ length: atOnce }, askInTurn));
  return null;
}

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
    return senseless(cause instanceof RangeError ? cause.message : undefined);
  }
}
