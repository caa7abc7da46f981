import { stillQuiet } from "../../stats/quiet.ts";
import { withoutGone } from "../../store/actions/marks.ts";
import { withLastRow } from "../../store/last-row.ts";
import type { NodeEntry } from "../../store/nodes.ts";
import type { Observed, State, Store } from "../../store/store.ts";
import { withRowHistory } from "../../store/tables/row-history.ts";
import { after } from "../schedule.ts";
import type { Rounds } from "./rounds.ts";

/** Answers that come within this time of one another land in one store update. */
const coalesceMs = 20;
/** Answers that keep coming are shown all the same after this time. */
const longestWaitMs = 100;

/** Writes what nodes answered in one store update a round. */
export class StoreWriter {
  readonly #rounds: Rounds;
  readonly #store: Store;
  #callOffFlush: (() => void) | null = null;
  #flushAtMs = 0;
  #isStopped = false;
  /** When the first of the answers came that are not in the store yet. */
  #answeredAtMs: number | null = null;

  constructor(rounds: Rounds, store: Store) {
    this.#rounds = rounds;
    this.#store = store;
  }

  /** Nothing is written any more. */
  stop(): void {
    this.#isStopped = true;
    this.#callOffFlush?.();
  }

  /** Writes after this time at the latest. */
  flushWithin(ms: number): void {
    if (this.#callOffFlush && this.#flushAtMs <= performance.now() + ms) return;
    this.#flushIn(ms);
  }

  /** Writes what is no answer: another answer may follow at once. */
  flushSoon(): void {
    this.flushWithin(coalesceMs);
  }

  /** Waits for answers that follow closely: to draw one alone takes longer than to wait for the next ten. */
  flushOnceQuiet(): void {
    const nowMs = performance.now();
    this.#answeredAtMs ??= nowMs;
    this.#flushIn(Math.min(coalesceMs, this.#answeredAtMs + longestWaitMs - nowMs));
  }

  #flushIn(ms: number): void {
    this.#callOffFlush?.();
    this.#flushAtMs = performance.now() + ms;
    this.#callOffFlush = after(ms, () => this.flush());
  }

  flush(): void {
    if (this.#isStopped) return;
    this.#callOffFlush?.();
    this.#callOffFlush = null;
    this.#answeredAtMs = null;
    const observed = this.#rounds.conclude(this.#store.getState().observed);
    this.#store.setState((state) => afterRound(state, observed));
  }
}

/** What a round changes, in one step: also the marks of rows that are gone, and what is kept of the row on screen. */
export function afterRound(before: State, seen: Observed): Pick<State, "observed" | "quieted" | "screen"> {
  const quieted = stillQuiet(before.quieted, alertsOf(seen.nodes), seen.nowMs);
  const observed = { ...seen, history: withRowHistory({ ...before, observed: seen, quieted }) };
  const state = { ...before, observed, quieted };
  const screen = withLastRow({ ...state, screen: withoutGone(state) }, before.observed);
  return { observed, quieted, screen };
}

function alertsOf(nodes: Readonly<Record<string, NodeEntry>>) {
  return Object.values(nodes).flatMap(({ name, alerts }) => alerts.map((alert) => ({ node: name, alert })));
}
