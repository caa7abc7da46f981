import type { UnknownHost, WantedSecret } from "../postgres/node-error.ts";
import type { Explainable, Explained, Planner } from "../store/actions/explain.ts";
import type { OperationPlan, OperationResult, RightFound, SqlPlan } from "../store/actions/operation.ts";
import type { Signal, SignalResult, SignalTarget } from "../store/actions/signal.ts";
import type { ConnectionForm } from "../store/connection-form.ts";
import { subjectHere } from "../store/on-screen.ts";
import type { ConnectionTarget } from "../store/screen.ts";
import { type State, type Store, updateScreen } from "../store/store.ts";
import type { Secret } from "../text/secret.ts";

/** What commands may ask of the rest of the program; `cli/behind-screen.ts` fills it. */
export type Actions = {
  readonly refresh: () => void;
  /** Makes a failed node's next attempt due now, or connects a parked one. */
  readonly connect: (node: string) => void;
  readonly disconnect: (node: string) => void;
  /** Tries what a person typed, at once; it is kept as long as the program runs. */
  readonly enterPassword: (node: string, typed: Secret) => void;
  /** The same for what a key or an ssh host asks for, with every node that waits for it. */
  readonly enterSecret: (wanted: WantedSecret, typed: Secret) => void;
  /** Makes an ssh host known by the key that a person has seen, and tries what is behind it at once. */
  readonly trustHost: (host: UnknownHost) => void;
  readonly connections: ConnectionActions;
  /** Sends a signal to sessions, and reports what became of each as soon as it is known. Never rejects. */
  readonly signal: (
    signal: Signal,
    targets: readonly SignalTarget[],
    report: (result: SignalResult) => void,
  ) => Promise<readonly SignalResult[]>;
  /** Asks the server whether the role may do what is planned. Never rejects. */
  readonly right: (plan: SqlPlan) => Promise<RightFound>;
  /** Sends the statement of an operation, and says what became of it. `stop` cancels what only reads. Never rejects. */
  readonly operate: (plan: OperationPlan, stop?: AbortSignal) => Promise<OperationResult>;
  /** Has the server plan a statement, with the rights that the user allowed. Nothing is run. Never rejects. */
  readonly explain: (asked: Explainable, allowed: Planner | null) => Promise<Explained>;
  /** Puts a text where the user can paste it from, and says in the footer where; `what` is it in words. */
  readonly copy: (text: string, what: string) => void;
  /** Runs once the keys that are here were obeyed. A call before that takes the place of the last one. */
  readonly soon: (run: () => void) => void;
  /** Whether a question was in a frame that the terminal has. */
  readonly wasShown: (question: object) => boolean;
  readonly quit: () => void;
  /** Draws the whole screen again, where another program wrote on it. */
  readonly redraw: () => void;
  /** Gives the terminal away and stops the program until the shell brings it back. */
  readonly suspend: () => Promise<void>;
};

/** To change a node, or to add one like it, which is in its cluster too. */
export type FormPurpose = "change" | "add";

/** What the connections screen may ask of the configuration and of servers. Answers that take time come in the store. */
export type ConnectionActions = {
  /** A form with what is written of a node; an empty one without a node. */
  readonly form: (node: string | null, purpose: FormPurpose) => ConnectionForm | null;
  readonly groupForm: (group: string) => ConnectionForm | null;
  /** The form with the fields that its connection string fills. */
  readonly filled: (form: ConnectionForm) => ConnectionForm;
  /** The form with what is wrong with each field and what counts where nothing is given. Cheap: asked at every key. */
  readonly checked: (form: ConnectionForm) => ConnectionForm;
  /** Logs in once to each host that the form says, or with a node's settings. Stores nothing. */
  readonly test: (what: ConnectionForm | string) => void;
  /** Makes an ssh host known that a test came to, as {@link Actions.trustHost} does, and tests once more. */
  readonly trustAndTest: (host: UnknownHost, what: ConnectionForm | string) => void;
  /** Ends the test that runs, if one does. */
  readonly stopTest: () => void;
  /** Writes the form to the config file, and makes one when there is none. */
  readonly save: (form: ConnectionForm) => void;
  /** Connects what the form says until the program ends. */
  readonly connectUnsaved: (form: ConnectionForm) => void;
  readonly remove: (what: ConnectionTarget) => void;
  /** Puts a node into a group, which may be new; null takes it out of its own. */
  readonly move: (node: string, group: string | null) => void;
  /** Puts a group one place up (-1) or down (1). */
  readonly shiftGroup: (group: string, distance: -1 | 1) => void;
};

export type Context = { readonly store: Store; readonly actions: Actions };

/** One thing a person can do. Keys, footer, help, palette and docs/keys.md are all read from these. */
export type Command = {
  readonly name: string;
  readonly title: string;
  /** Other names that `:` takes as a whole. */
  readonly aliases?: readonly string[];
  /** Chords: "q", "up", "shift-tab", "ctrl-c", "space". */
  readonly keys: readonly string[];
  readonly section:
    | "application"
    | "navigation"
    | "view"
    | "nodes"
    | "actions"
    | "operations"
    | "connections";
  /** What the cursor must be on: a node, or a row that an action is meant for. Elsewhere the command is off. */
  readonly needs?: "node" | "row";
  /** Where it makes sense; elsewhere its key does nothing and help leaves it out. Always, if not given. */
  readonly when?: (state: State) => boolean;
  /** Why it cannot run just now, in words for the footer; null when it can. */
  readonly disabledReason?: (state: State) => string | null;
  /** A short title for the footer, and its rank, which may depend on what is on screen: lower comes first. */
  readonly footer?: {
    readonly title: string | ((state: State) => string);
    readonly rank: number | ((state: State) => number);
  };
  readonly run: (context: Context) => void;
};

/** Whether a command is on where the user is now. */
export function applies({ needs, when }: Command, state: State): boolean {
  if (needs !== undefined && subjectHere(state)[needs] === null) return false;
  return when?.(state) ?? true;
}

/** Something that the palette or a picker offers. */
export type Choice = {
  readonly label: string;
  readonly note: string;
  /** It cannot be done now, and the note says why. */
  readonly isOff?: boolean;
  /** The key that does the same, or null. */
  readonly chord: string | null;
  /** True for what leaves the program. */
  readonly leaves?: boolean;
  readonly run: (context: Context) => void;
};

/** Runs a command, or says in the footer why it cannot run just now. */
export function runCommand({ name, disabledReason, run }: Command, context: Context): void {
  const reason = disabledReason?.(context.store.getState()) ?? null;
  if (reason === null) run(context);
  else updateScreen(context.store, (screen) => ({ ...screen, notice: `${name}: ${reason}` }));
}
