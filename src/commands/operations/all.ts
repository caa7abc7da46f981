import { marksHere } from "../../store/actions/marks.ts";
import { subjectHere, viewHere } from "../../store/on-screen.ts";
import { unfiltered } from "../../store/screen.ts";
import { shown } from "../../store/selectors.ts";
import { type State, updateScreen } from "../../store/store.ts";
import { rowNow } from "../../store/table.ts";
import { viewNamed } from "../../views/all.ts";
import { topology } from "../../views/replication/topology.ts";
import type { Choice, Command } from "../command.ts";
import { unwatchedHere } from "../unwatched.ts";
import { ofMeasures } from "./measure.ts";
import { isMeantFor, markedFor, type Operation, operableHere, refusalHere } from "./operation.ts";
import { besidePatroni, ofPatroni } from "./patroni.ts";
import { ofPglogical } from "./pglogical.ts";
import { ofServers } from "./servers.ts";
import { ofSessions } from "./sessions.ts";
import { ofSlots } from "./slots.ts";
import { ofSubscriptions } from "./subscriptions.ts";

const defined: readonly Operation[] = [
  ...ofPatroni,
  ...ofSlots.map(besidePatroni),
  ...ofSubscriptions,
  ...ofPglogical,
  ...ofSessions,
  ...ofMeasures,
  ...ofServers.map(besidePatroni),
];

/** Everything that changes a server: what is meant for a row, then what is meant for its node. */
export const operations: readonly Operation[] = [
  ...defined.filter(({ views }) => views !== null),
  ...defined.filter(({ views }) => views === null),
];

export function operationNamed(name: string): Operation | undefined {
  return operations.find((operation) => operation.name === name);
}

/** Whether something can be done to several rows of a view at once. */
export function takesSeveral(view: string): boolean {
  return operations.some((operation) => "several" in operation && operation.views?.includes(view));
}

/** Whether there is something to do it to: what is under the cursor, or what is marked. */
function isOffered(operation: Operation, state: State): boolean {
  return isMeantFor(operation, state) || markedFor(operation, state).length > 0;
}

/** The operation as a command: it opens the question, or says why there is nothing to ask. */
function commandOf(operation: Operation): Command {
  return {
    name: operation.name,
    title: operation.title,
    keys: [],
    section: "operations",
    when: (state) => isOffered(operation, state),
    disabledReason: (state) => refusalHere(operation, state),
    run: (context) => {
      // Loaded when the first question opens: the first frame waits for none.
      const { openOperation }: typeof import("./open.ts") = require("./open.ts");
      openOperation(context, operation);
    },
  };
}

const commands = new Map(operations.map((operation) => [operation.name, commandOf(operation)]));

/** The dialogs of what runs, wherever the cursor is. */
function runningChoices({ screen }: State): readonly Choice[] {
  return screen.running.map(({ title, plan, overlay }) => ({
    label: plan.operation,
    note: `still runs: ${title}`,
    chord: null,
    run: ({ store }) => updateScreen(store, (before) => ({ ...before, overlay })),
  }));
}

/** What runs, what can be done to the row under the cursor and to its node, and below it what cannot, with the reason. */
export function operationChoices(state: State): readonly Choice[] {
  const meant = operations.filter((operation) => isOffered(operation, state));
  const choices = meant.map((operation) => {
    const marked = markedFor(operation, state).length;
    const why = refusalHere(operation, state);
    const title = marked > 0 ? `${operation.title}: all ${marked} that are marked` : operation.title;
    const run: Choice["run"] = (context) => {
      const command = commands.get(operation.name);
      if (why === null) command?.run(context);
      else updateScreen(context.store, (screen) => ({ ...screen, notice: `${operation.name}: ${why}` }));
    };
    return { label: operation.name, note: why ?? title, isOff: why !== null, chord: null, run };
  });
  const [on, off] = [choices.filter(({ isOff }) => !isOff), choices.filter(({ isOff }) => isOff)];
  return [...runningChoices(state), ...on, ...off];
}

/** The row that operations are meant for and its node, or the node alone. */
function subjectName(state: State): string {
  const { node = null, row = null } = operableHere(state) ?? {};
  const isMeant =
    row !== null && operations.some((operation) => operation.views !== null && isMeantFor(operation, state));
  const name = isMeant ? rowNow(shown(state), row)?.[viewNamed(row.view)?.rowName ?? ""] : null;
  return typeof name === "string" ? `${name} on ${node}` : (node ?? "");
}

/** Why nothing can be done to what the cursor is on, in words. */
function whyNothing(state: State): string {
  if (unwatchedHere(state) !== null) return "not watched: a adds it";
  return subjectHere(state).node === null ? "they are for a node: put the cursor on one" : "not watched";
}

/** Whether each row of a view has operations of its own. */
function isOfOperations(view: string | null): boolean {
  if (view === null) return false;
  return view === topology.name || operations.some(({ views, isOf }) => !isOf && views?.includes(view));
}

/** The key that lists them, and each by its name. */
export const operationCommands: readonly Command[] = [
  {
    name: "operations",
    title: "What can be done to the row and its node, such as drop-slot or promote; what runs",
    keys: ["O"],
    section: "actions",
    disabledReason: (state) =>
      state.screen.running.length > 0 || operations.some((operation) => isOffered(operation, state))
        ? null
        : whyNothing(state),
    // Where rows are what is operated on, it comes before the keys that lead elsewhere.
    footer: { title: "operations", rank: (state) => (isOfOperations(viewHere(state)) ? 1.28 : 3.45) },
    run: ({ store }) => {
      const state = store.getState();
      const marked = marksHere(state).size;
      const name = subjectName(state);
      const of = marked > 0 ? `${marked} marked; ${name}` : name;
      updateScreen(store, (screen) => ({ ...screen, overlay: { kind: "operations", of, ...unfiltered } }));
    },
  },
  ...commands.values(),
];
