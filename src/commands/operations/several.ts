import type { OperationSubject, SqlPlan } from "../../store/actions/operation.ts";
import type { LeftOut, Several } from "../../store/actions/several.ts";
import { overlayIf } from "../../store/screen.ts";
import { type State, updateScreen } from "../../store/store.ts";
import { wordOf } from "../actions/signal-question.ts";
import type { Context } from "../command.ts";
import { markedFor, type Operation, planOf } from "./operation.ts";
import { rightKey } from "./right.ts";

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

/** Asks about all rows that are marked. */
export function openSeveral(context: Context, operation: Operation): void {
  const state = context.store.getState();
  const several = severalOf(operation, state, markedFor(operation, state));
  if (several === null) return;
  const { name } = operation;
  updateScreen(context.store, (screen) => {
    const [first] = several.leftOut;
    if (several.plans.length === 0)
      return { ...screen, notice: `${name}: ${first?.why ?? "nothing is marked"}` };
    const none = several.plans.map(() => null);
    const start = { typed: "", stage: "asking", rights: none, results: none, top: 0 } as const;
    return { ...screen, overlay: { kind: "several", operation: name, ...several, ...start } };
  });
  askForRights(context, several.plans);
}

/** Asks once for what is the same right to several rows. */
export function askForRights({ store, actions }: Context, plans: readonly SqlPlan[]): void {
  for (const [key, [plan]] of Map.groupBy(plans, rightKey))
    if (plan)
      void actions.right(plan).then((found) =>
        updateScreen(store, (screen) => {
          const overlay = overlayIf(screen, "several");
          if (overlay?.plans !== plans || overlay.stage !== "asking") return screen;
          const rights = overlay.rights.map((known, at) => {
            const own = plans[at];
            return own && rightKey(own) === key ? found : known;
          });
          return { ...screen, overlay: { ...overlay, rights } };
        }),
      );
}
