import { reasonOf } from "../../postgres/node-error.ts";
import type { Signal, SignalOutcome, SignalResult, SignalTarget } from "./signal.ts";

type Words = {
  readonly words: string;
  /** What would permit it; null where that is not what lacks. */
  readonly fix: string | null;
  readonly severity: "ok" | "muted" | "warning" | "critical";
};

/** What became of a session, in words, and how bad that is. What the server said is not yet safe to draw. */
export function outcomeWords({ signal, outcome, unrecorded }: SignalResult): Words {
  const found = wordsOf(signal, outcome);
  if (unrecorded === null) return found;
  return { ...found, words: `${found.words}; the audit file lacks it: ${unrecorded}`, severity: "critical" };
}

function wordsOf(signal: Signal, outcome: SignalOutcome): Words {
  switch (outcome.kind) {
    case "done":
      return said(signal === "cancel" ? "statement cancelled" : "ended", "ok");
    case "gone":
      return said("gone already; nothing was sent", "muted");
    case "sent":
      return said(`sent, but ${outcome.why}`, "warning");
    case "notPermitted":
      return { ...said(`not permitted: ${outcome.why}`, "critical"), fix: outcome.fix };
    case "refused":
      return said(`not sent: ${outcome.why}`, "warning");
    case "failed": {
      const sent = outcome.isUnsure ? "no answer, it may have arrived" : "not sent";
      return said(`${sent}: ${reasonOf(outcome.error)}`, "critical");
    }
  }
}

function said(words: string, severity: Words["severity"]): Words {
  return { words, fix: null, severity };
}

const inShort: Readonly<Record<SignalOutcome["kind"], string>> = {
  done: "ended",
  gone: "gone already",
  sent: "sent, still there",
  notPermitted: "not permitted",
  refused: "not sent",
  failed: "failed",
};

/** All outcomes in a line: "11 ended, 1 not permitted". */
export function summaryOf(results: readonly SignalResult[]): string {
  const counts = new Map<string, number>();
  for (const { signal, outcome } of results) {
    const isCancelled = outcome.kind === "done" && signal === "cancel";
    const word = isCancelled ? "cancelled" : inShort[outcome.kind];
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return Array.from(counts, ([word, count]) => `${count} ${word}`).join(", ");
}

/** A session by its pid, what it calls itself and whose it is, as the server gave them. */
export function sessionName({ pid, shown: { application, user } }: SignalTarget): string {
  return `pid ${pid}${application ? ` (${application})` : ""}${user === null ? "" : ` of ${user}`}`;
}

/** What a notice says of one session that was dealt with as asked; null where there is more to read than that. */
export function noticeOf([only, ...others]: readonly SignalResult[]): string | null {
  if (!only || others.length > 0 || only.outcome.kind !== "done" || only.unrecorded !== null) return null;
  return `${sessionName(only.target)} ${only.signal === "cancel" ? "cancelled" : "ended"}`;
}

/** All outcomes as a title: "Not permitted", "11 ended, 1 not permitted". */
export function resultTitle(results: readonly SignalResult[]): string {
  const summary = summaryOf(results);
  if (results.length !== 1) return summary;
  const words = summary.replace(/^1 /, "");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
