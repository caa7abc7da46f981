import { lineKeys, subjectHere } from "../../store/on-screen.ts";
import { placeIf } from "../../store/screen.ts";
import type { State } from "../../store/store.ts";
import { activity } from "../../views/backends/activity.ts";
import { lockWaits } from "../../views/backends/lock-waits.ts";
import { locks } from "../../views/backends/locks.ts";
import { waitStatements, waits } from "../../views/backends/waits.ts";
import { tempFiles } from "../../views/io/temp-files.ts";
import { log } from "../../views/log/log.ts";
import { statements } from "../../views/statements/statements.ts";
import { statementsAcross } from "../../views/statements/statements-across.ts";
import type { Command } from "../command.ts";

/** Views whose rows have a statement, or lead to one, with the role that runs it and its database. */
const explained: ReadonlySet<string> = new Set(
  [
    ...[activity, locks, lockWaits, tempFiles, statements],
    ...[statementsAcross, waits, waitStatements, log],
  ].map(({ name }) => name),
);

/** Whether the cursor is on a row of such a view, or on a heading of one whose headings are statements. */
export function explainsHere(state: State): boolean {
  const isAcross = placeIf(state.screen, "view")?.view === statementsAcross.name;
  if (isAcross && lineKeys(state).length > 0) return true;
  return explained.has(subjectHere(state).row?.view ?? "");
}

const isOnPlan = ({ screen }: State) => placeIf(screen, "plan") !== null;

export const explaining: readonly Command[] = [
  {
    name: "explain",
    title: "Plan of the statement: EXPLAIN, which runs nothing",
    aliases: ["plan", "explain-plan"],
    keys: ["E"],
    section: "view",
    when: explainsHere,
    disabledReason: (state) => {
      const { explainableHere }: typeof import("./explainable.ts") = require("./explainable.ts");
      const asked = explainableHere(state);
      return typeof asked === "string" ? asked : null;
    },
    footer: { title: "explain", rank: 1.28 },
    run: (context) => {
      // The first frame waits for none of it.
      const { openPlan }: typeof import("./planning.ts") = require("./planning.ts");
      openPlan(context);
    },
  },
  {
    name: "plan-again",
    title: "Plan the statement again",
    keys: ["r"],
    section: "view",
    when: isOnPlan,
    footer: { title: "plan again", rank: 1.29 },
    run: (context) => {
      const { planAgainHere }: typeof import("./planning.ts") = require("./planning.ts");
      planAgainHere(context);
    },
  },
  {
    name: "copy-plan",
    title: "Copy the plan",
    keys: ["y"],
    section: "view",
    when: isOnPlan,
    run: (context) => {
      const { copyPlan }: typeof import("./planning.ts") = require("./planning.ts");
      copyPlan(context);
    },
  },
];
