import { grantMonitor } from "../../postgres/server.ts";
import { isUp } from "../../stats/health.ts";
import type { Explainable, Planner, TextSource } from "../../store/actions/explain.ts";
import { planHere, planOf, withPlan } from "../../store/actions/plans.ts";
import { subjectHere } from "../../store/on-screen.ts";
import { open } from "../../store/screen.ts";
import { type State, updateScreen } from "../../store/store.ts";
import { commentedStart, statementStart } from "../../views/columns.ts";
import { longestText } from "../../views/statements/statement-sql.ts";
import type { Row } from "../../views/view.ts";
import type { Context } from "../command.ts";
import { rowHere, statementOf } from "./copy.ts";

const hidden = "<insufficient privilege>";

/** The statement under the cursor, or why it cannot be planned. */
function explainableHere(state: State): Explainable | string {
  const here = rowHere(state);
  const name = subjectHere(state).node;
  const node = name === null ? undefined : state.observed.nodes[name];
  if (!here || !node) return "it is gone";
  if (!node.facts || !isUp(node.health)) return "the node does not answer";
  const { row } = here;
  const text = statementOf(here);
  const { datname: database, usename: role } = row;
  if (text === hidden) return `our role may not see its text: ${grantMonitor(node.facts)}`;
  if (text === null) return "it has no statement that we know";
  if (typeof database !== "string") return "its database is not known";
  const source = sourceOf(row);
  return {
    node: node.name,
    database,
    role: typeof role === "string" ? role : null,
    text,
    isWhole: source === null || isWhole(text, source.kind, here.isWhole),
    source,
  };
}

/** Where the server has the whole text. */
function sourceOf({ pid, backend_start_text, queryid, dbid, userid }: Row): TextSource | null {
  if (typeof queryid === "string" && typeof dbid === "number" && typeof userid === "number")
    return { kind: "statement", queryid, dbid, userid };
  if (typeof pid !== "number" || typeof backend_start_text !== "string") return null;
  return { kind: "session", pid, backendStart: backend_start_text };
}

/**
 * Whether a text cannot be a beginning: a table asks for that of a session's statement alone, and the page of a row may
 * still have what the table had. A character that was cut in two is left out.
 */
function isWhole(text: string, kind: TextSource["kind"], isOnPage: boolean): boolean {
  const bytes = Buffer.byteLength(text);
  const mayBeCutAt = (limit: number) => bytes > limit - 4 && bytes <= limit;
  if (kind === "statement") return bytes <= longestText - 4;
  if (isOnPage) return !mayBeCutAt(statementStart) && !mayBeCutAt(commentedStart);
  return bytes <= statementStart - 4;
}

let lastId = 0;

const say = ({ store }: Context, notice: string) => updateScreen(store, (screen) => ({ ...screen, notice }));

/** Shows the plan of the statement under the cursor as soon as the server has made it. */
export function openPlan(context: Context): void {
  const asked = explainableHere(context.store.getState());
  if (typeof asked === "string") {
    say(context, `explain: ${asked}`);
    return;
  }
  const view = subjectHere(context.store.getState()).row?.view ?? "";
  lastId += 1;
  const id = lastId;
  updateScreen(context.store, (screen) =>
    open(withPlan(screen, { id, asked, result: null, allowed: null }), {
      kind: "plan",
      view,
      node: asked.node,
      id,
    }),
  );
  planAgain(context, id, null);
}

/** Asks the server, with the rights that the user allowed. Where others would be used the user is asked. */
export function planAgain({ store, actions }: Context, id: number, allowed: Planner | null): void {
  const entry = planOf(store.getState().screen, id);
  if (!entry) return;
  // Its node may have another name by now.
  const { node } = subjectHere(store.getState());
  const isHere = planHere(store.getState().screen) === entry;
  const asked = isHere && node !== null ? { ...entry.asked, node } : entry.asked;
  updateScreen(store, (screen) => withPlan(screen, { id, asked, result: null, allowed }));
  void actions.explain(asked, allowed).then((explained) =>
    updateScreen(store, (screen) => {
      if (!planOf(screen, id)) return screen;
      const answered = withPlan(screen, { id, asked: explained.asked, result: explained.result, allowed });
      const isOpen = planHere(answered)?.id === id && answered.overlay === null;
      if (explained.result.kind !== "asks" || !isOpen) return answered;
      return { ...answered, overlay: { kind: "explain", id } };
    }),
  );
}

/** Asks once more for the plan on screen, unless it is on its way. */
export function planAgainHere(context: Context): void {
  const entry = planHere(context.store.getState().screen);
  if (entry?.result) planAgain(context, entry.id, entry.allowed);
}

export function copyPlan(context: Context): void {
  const result = planHere(context.store.getState().screen)?.result;
  if (result?.kind === "plan") context.actions.copy(result.lines.join("\n"), "the plan");
  else say(context, "copy-plan: there is no plan");
}
