import type { NodeSettings } from "../../config/settings.ts";
import type { NodeError } from "../../postgres/node-error.ts";
import { failedSample } from "../../views/compared.ts";
import { decode } from "../../views/decode.ts";
import type { Sample } from "../../views/sample.ts";
import { pulseView } from "../../views/server/pulse.ts";
import { type AskedView, notApplicable, type Row, sqlFor, type ViewOptions } from "../../views/view.ts";
import type { ConnectionManager } from "../nodes/connection-manager.ts";
import { type AskOptions, notIntroduced } from "../nodes/outcome.ts";
import type { Answer, Statement } from "../session/session.ts";
import { senseless } from "../wire/message-guard.ts";

/** What a server of this version is asked for a view; null when it is too old. */
export function statementOf(view: AskedView, versionNum: number, viewOptions: ViewOptions): Statement | null {
  const text = sqlFor(view, versionNum);
  const values = view.parameters?.(viewOptions) ?? [];
  return text === null ? null : { name: view.name, text, values };
}

type Question = {
  readonly viewOptions: ViewOptions;
} & Pick<AskOptions, "speaksForHealth" | "apart">;

/** A sample, and how many milliseconds its statement took; 0 where none was sent. */
type Taken = { readonly sample: Sample; readonly ms: number };

/** Asks one node for one view and decodes the answer. Failures are samples too. */
export async function askView(
  manager: ConnectionManager,
  node: string,
  view: AskedView,
  { viewOptions, ...asked }: Question,
): Promise<Taken> {
  const notReady = await manager.ready(node);
  const facts = manager.facts(node);
  const failed = (error: NodeError, ms = 0): Taken => ({ sample: failedSample(error, undefined), ms });
  if (notReady || !facts) return failed(notReady ?? notIntroduced);
  const why = notApplicable(view, facts);
  const statement = statementOf(view, facts.versionNum, viewOptions);
  if (why !== null || statement === null)
    return { sample: { state: "notApplicable", why: why ?? "server too old" }, ms: 0 };
  const outcome = await manager.query(node, statement, { ...asked, ...deadlineOf(view, manager.get(node)) });
  const { ms } = outcome;
  if (!outcome.ok) return failed(outcome.error, ms);
  const [atMs, clockMs] = [performance.now(), Date.now()];
  const rows = decoded(view, outcome.answer, facts.versionNum);
  if ("kind" in rows) {
    if (view.name === pulseView.name) manager.distrust(node, rows);
    return failed(rows, ms);
  }
  return { sample: { state: "ok", rows, atMs, clockMs, epoch: String(facts.startedAtMs) }, ms };
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

/** The server ends the statement itself by statement_timeout, which keeps the session. The pulse has a limit of its own. */
function deadlineOf(view: AskedView, settings: NodeSettings | undefined): Pick<AskOptions, "deadlineMs"> {
  if (view.name === pulseView.name || !settings) return {};
  return { deadlineMs: view.deadlineMs ?? settings.statementTimeoutMs + 1000 };
}

function decoded(view: AskedView, answer: Answer, versionNum: number): Row[] | NodeError {
  try {
    return decode(view, answer, versionNum);
  } catch (cause) {
    return senseless(cause instanceof RangeError ? cause.message : undefined);
  }
}
