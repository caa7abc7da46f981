import type { OperationSubject, SqlPlan } from "../../store/actions/operation.ts";
import type { LeftOut, Several } from "../../store/actions/several.ts";
import type { State } from "../../store/store.ts";
import { wordOf } from "../actions/signal-question.ts";
import { type Operation, planOf } from "./operation.ts";

/** What would be sent and asked now for each row; those that nothing can be done to are left out, with the reason. */
export function severalOf(
  operation: Operation,
  state: State,
  subjects: readonly OperationSubject[],
): Several | null {
  const names = "several" in operation ? operation.several : undefined;
  if (names === undefined) return null;
  const good: OperationSubject[] = [];
  const plans: SqlPlan[] = [];
  const leftOut: LeftOut[] = [];
  for (const subject of subjects) {
    const planned = planOf(operation, state, subject, "");
    if (planned.ok && planned.plan.kind === "sql") {
      good.push(subject);
      plans.push(planned.plan);
    } else {
      const name = subject.row?.key.split("\u0000").at(-1) ?? "";
      leftOut.push({ node: subject.node, name, why: planned.ok ? "it is no statement" : planned.why });
    }
  }
  const nodes = new Set(plans.map(({ node }) => node));
  const [only = "", ...others] = nodes;
  const production = [...nodes].filter((node) => state.observed.nodes[node]?.production ?? false);
  return {
    title: `${names(plans.length)} on ${others.length === 0 ? only : `${nodes.size} nodes`}`,
    subjects: good,
    plans,
    leftOut,
    word: wordOf(production, state),
  };
}
