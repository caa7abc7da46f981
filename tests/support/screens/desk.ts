import { checkedForm, filledForm, formOf, groupForm } from "../../../src/app/connections/draft.ts";
import type { Actions } from "../../../src/commands/command.ts";
import { dispatch, dispatchAll, paste, questionOn } from "../../../src/commands/dispatch.ts";
import { emptyDraft } from "../../../src/config/edit/draft.ts";
import { afterRound } from "../../../src/services/watch/store-writer.ts";
import type { ExplainResult } from "../../../src/store/actions/explain.ts";
import { type OperationOutcome, type RightFound, requestText } from "../../../src/store/actions/operation.ts";
import type { SignalOutcome, SignalResult } from "../../../src/store/actions/signal.ts";
import type { ConnectionForm } from "../../../src/store/connection-form.ts";
import { lineKeys } from "../../../src/store/on-screen.ts";
import { answerPaused } from "../../../src/store/paused.ts";
import { currentSpot, open, type Place, type Spot } from "../../../src/store/screen.ts";
import { cursorIndex } from "../../../src/store/selectors.ts";
import { type Observed, openStore, type State, updateScreen } from "../../../src/store/store.ts";
import { aPlan } from "./plan-fixtures.ts";

type Desk = {
  readonly columns?: number;
  readonly rows?: number;
  readonly soon?: (run: () => void) => void;
  /** What becomes of the sessions that are sent a signal, one after the other. */
  readonly outcomes?: readonly SignalOutcome[];
  /** What the server says of the right to each operation, and when. */
  readonly right?: Promise<RightFound>;
  /** What becomes of EXPLAIN, one after the other; a plan where it does not say so. */
  readonly explained?: readonly ExplainResult[];
  /** What becomes of each operation. */
  readonly operated?: OperationOutcome;
  /** The same, once it comes true. */
  readonly operates?: Promise<OperationOutcome>;
};

/** Somebody at the keyboard, without a terminal: chords go in, the store and what was asked of services come out. */
export function sitDown(
  observed: Observed,
  {
    columns = 120,
    rows = 40,
    soon = (run: () => void) => run(),
    outcomes = [],
    explained = [],
    right = Promise.resolve({ kind: "given" }),
    operated = { kind: "done", value: null },
    operates,
  }: Desk = {},
) {
  const ground = {
    groups: ["shop", "office"],
    clusters: ["shop"],
    names: Object.keys(observed.nodes),
    defaults: { port: "5432", user: "root" },
  };
  const nameOf = (form: ConnectionForm) => form.texts.name || (form.defaults.name ?? "");
  const store = openStore({ columns, rows, refreshMs: 1000, title: "test" });
  answerPaused(store);
  store.setState({ observed });
  const asked: string[] = [];
  let explains = 0;
  const ask = (what: string) => {
    asked.push(what);
  };
  const actions: Actions = {
    refresh: () => ask("refresh"),
    connect: (node) => ask(`connect ${node}`),
    disconnect: (node) => ask(`disconnect ${node}`),
    enterPassword: (node, typed) => ask(`password ${node} ${typed.reveal()}`),
    enterSecret: ({ name }, typed) => ask(`secret ${name} ${typed.reveal()}`),
    trustHost: ({ host, fingerprint }) => ask(`trust ${host} ${fingerprint}`),
    connections: {
      form: (node, purpose) =>
        formOf(
          node === null
            ? null
            : {
                ...emptyDraft,
                name: purpose === "change" ? node : "",
                ...(purpose === "add" && { cluster: "shop", parameters: { port: "6102" } }),
              },
          purpose === "change" ? { editing: node } : { like: node },
          ground,
        ),
      groupForm: (group) => groupForm({ name: group, colour: "magenta", folded: false }),
      filled: filledForm,
      checked: (form) => checkedForm(form, ground),
      test: (what) => ask(typeof what === "string" ? `test ${what}` : `test the form of ${nameOf(what)}`),
      trustAndTest: ({ host }, what) =>
        ask(`trust ${host} and test ${typeof what === "string" ? what : `the form of ${nameOf(what)}`}`),
      stopTest: () => ask("stop the test"),
      save: (form) => ask(`save ${nameOf(form)}`),
      connectUnsaved: (form) => ask(`connect without saving ${nameOf(form)}`),
      remove: ({ kind, name }) => ask(`remove ${kind} ${name}`),
      shiftGroup: (group, distance) => ask(`shift ${group} by ${distance}`),
      move: (node, group) => ask(`move ${node} to ${group ?? "no group"}`),
    },
    signal: async (signal, targets, report) => {
      ask(`${signal} ${targets.map(({ id, pid }) => `${id.node} ${pid}`).join(", ")}`);
      const results = outcomes.flatMap((outcome, at): SignalResult[] => {
        const target = targets[at];
        return target ? [{ signal, target, outcome, unrecorded: null }] : [];
      });
      for (const result of results) report(result);
      return results;
    },
    right: () => right,
    explain: async (statement, allowed) => {
      ask(`explain on ${statement.node} in ${statement.database} as ${allowed?.role}: ${statement.text}`);
      const result = explained[explains] ?? aPlan;
      explains += 1;
      return { asked: statement, result };
    },
    operate: async (plan, stop) => {
      ask(`${plan.operation} on ${plan.node}: ${requestText(plan)}`);
      stop?.addEventListener("abort", () => ask(`stop ${plan.operation}`));
      return { plan, outcome: operates ? await operates : operated, unrecorded: null };
    },
    copy: (text, what) => ask(`copy ${what}: ${text}`),
    soon,
    wasShown: (question) => question === seen,
    quit: () => ask("quit"),
    redraw: () => ask("redraw"),
    suspend: async () => ask("suspend"),
  };
  const state = (): State => store.getState();
  let seen: object | null = null;
  /** A frame is drawn between two keys, but not within a burst. */
  const look = () => {
    seen = questionOn(state());
  };
  return {
    store,
    state,
    /** What services were asked for, in order. */
    asked,
    press(...chords: string[]) {
      for (const chord of chords) {
        look();
        dispatch({ store, actions }, chord);
      }
    },
    /** Types a text, character by character, as a prompt gets it. */
    type(text: string) {
      for (const character of text) this.press(character === " " ? "space" : character);
    },
    /** Types a text as a terminal without bracketed paste sends one: many characters in one go. */
    burst(...chords: string[]) {
      look();
      dispatchAll({ store, actions }, chords);
    },
    paste(text: string) {
      look();
      paste({ store, actions }, text);
    },
    /** The next round of polls. */
    observe: (next: Observed) => store.setState((before) => afterRound(before, next)),
    /** Goes to a place as if keys had led there. */
    open: (place: Place) => updateScreen(store, (screen) => open(screen, place)),
    get spot(): Spot {
      return currentSpot(state().screen);
    },
    get place(): Place {
      return currentSpot(state().screen).place;
    },
    /** The key of the line under the cursor. */
    get line(): string | undefined {
      const keys = lineKeys(state());
      return keys[cursorIndex(currentSpot(state().screen), keys)];
    },
  };
}
