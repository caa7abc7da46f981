import { reasonOf } from "../../postgres/node-error.ts";
import type { TlsState } from "../../postgres/server.ts";
import { measuredFirst, said, secondsSinceKnown } from "../../stats/alerts.ts";
import { missingGrant, unknownPulse } from "../../stats/unknown.ts";
import type { NodeEntry } from "../../store/nodes.ts";
import { nodeNotes } from "../../store/selectors.ts";
import { printAge } from "../../text/pretty.ts";
import { type SafeText, safe } from "../../text/safe-text.ts";
import { safeText } from "../../text/text.ts";
import { type NodeWord, nodeWord } from "../../views/node-word.ts";
import type { Glyphs, Meaning } from "./theme.ts";

/** How a node's state looks: a glyph, a word and a meaning, so that nothing rests on colour alone. */
export type StateLooks = { readonly glyph: keyof Glyphs; readonly word: SafeText; readonly meaning: Meaning };

const looks: Readonly<Record<NodeWord, Omit<StateLooks, "word">>> = {
  up: { glyph: "connected", meaning: "ok" },
  warning: { glyph: "warning", meaning: "warning" },
  critical: { glyph: "error", meaning: "critical" },
  unknown: { glyph: "warning", meaning: "warning" },
  unjudged: { glyph: "unjudged", meaning: "accent" },
  stale: { glyph: "stale", meaning: "warning" },
  connecting: { glyph: "connecting", meaning: "accent" },
  restarting: { glyph: "connecting", meaning: "warning" },
  recovering: { glyph: "connecting", meaning: "warning" },
  down: { glyph: "error", meaning: "critical" },
  error: { glyph: "error", meaning: "critical" },
  disconnected: { glyph: "disconnected", meaning: "muted" },
  "warm standby": { glyph: "disconnected", meaning: "muted" },
};

export function stateLooks(node: NodeEntry): StateLooks {
  const word = nodeWord(node);
  return { ...looks[word], word: safe`${word}` };
}

/**
 * What is wrong with a node in words: why it is down and when it is tried next, its worst alert, or what is unknown
 * of it. The longest form first, for where there is room; none when nothing is wrong.
 */
export function issueOf(node: NodeEntry, nowMs: number, { times, ellipsis }: Glyphs): SafeText[] {
  const { health, alerts, unknowns } = node;
  if (health.state === "stale" && health.error) {
    const { reason } = unknownPulse(health.error);
    const text = safeText(reason, 300, ellipsis);
    const grant = missingGrant(health.error);
    const long = safe`${text}, for ${age(nowMs - (health.lastAnswerAtMs ?? health.sinceMs))}`;
    // What to do says what is refused too.
    return [long, text, ...(grant === null ? [] : [safe`pulse: ${safeText(grant, 200, ellipsis)}`])];
  }
  if (health.state === "stale")
    return [safe`no answer for ${age(nowMs - (health.lastAnswerAtMs ?? health.sinceMs))}`];
  if (health.error && health.state !== "connected") {
    const count = health.failures > 1 ? safe` ${times}${health.failures}` : safe``;
    const waitMs = (health.nextAttemptAtMs ?? nowMs) - nowMs;
    const next = waitMs > 500 ? safe`next try ${Math.ceil(waitMs / 1000)}s` : safe`trying now`;
    if (health.state === "warm-standby") return [safeText(reasonOf(health.error), 200, ellipsis)];
    const key = health.error.wantedSecret ? safe`press p: ` : safe``;
    const reason = safe`${key}${safeText(reasonOf(health.error), 200, ellipsis)}${count}`;
    const detail = health.error.detail?.replace(/\.$/, "");
    // Of a message and its DETAIL the second says more: which user, which limit, which mode.
    const short = detail ? [reason, safe`${key}${safeText(detail, 200, ellipsis)}${count}`] : [reason];
    const since = age(nowMs - health.sinceMs);
    if (health.error.isHeld) return [safe`${reason}, for ${since}`, ...short];
    return [safe`${reason}, ${next}, for ${since}`, safe`${reason}, ${next}`, ...short];
  }
  const [worst] = measuredFirst(alerts, nowMs);
  if (health.state !== "connected") return [];
  if (!worst)
    return [...nodeNotes(node), ...unknowns.map(({ reason }) => reason)]
      .slice(0, 1)
      .map((note) => safeText(note, 200, ellipsis));
  const text = safeText(said(worst, nowMs));
  const others = alerts.length > 1 ? safe` (+${alerts.length - 1})` : safe``;
  const mark = secondsSinceKnown(worst, nowMs) === null ? "" : "last known: ";
  const short = worst.short === undefined ? [] : [safeText(`${mark}${worst.short}`)];
  return [safe`${text}${others}, for ${age(nowMs - worst.sinceMs)}`, safe`${text}${others}`, text, ...short];
}

const age = (ms: number) => printAge(Math.max(0, ms) / 1000);

/** How a node's session is encrypted, in two words; null when it was never logged in to. */
export function encryptionOf({ facts }: NodeEntry): SafeText | null {
  if (!facts) return null;
  if (!facts.tls) return safe`none`;
  return facts.tls.verified ? safe`${versionOf(facts.tls)} verified` : safe`not verified`;
}

/** The same in a mark: the version of TLS, and whether it vouches for the server. */
export function encryptionMark({ facts }: NodeEntry, { verified }: Glyphs): SafeText | null {
  if (!facts) return null;
  if (!facts.tls) return safe`none`;
  return safe`${versionOf(facts.tls)} ${facts.tls.verified ? verified : "?"}`;
}

const versionOf = ({ protocol }: TlsState) => safeText(protocol.replace(/^TLSv/, ""), 12);
