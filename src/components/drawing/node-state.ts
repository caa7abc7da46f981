import { reasonOf } from "../../postgres/node-error.ts";
import type { TlsState } from "../../postgres/server.ts";
import type { NodeEntry } from "../../store/nodes.ts";
import { nodeNotes } from "../../store/selectors.ts";
import { printAge } from "../../text/pretty.ts";
import { type SafeText, safe } from "../../text/safe-text.ts";
import { safeText } from "../../text/text.ts";
import type { Glyphs, Meaning } from "./theme.ts";

/** How a node's state looks: a glyph, a word and a meaning, so that nothing rests on colour alone. */
export type StateLooks = { readonly glyph: keyof Glyphs; readonly word: SafeText; readonly meaning: Meaning };

export function stateLooks(node: NodeEntry): StateLooks {
  const { health, alerts, unknowns } = node;
  switch (health.state) {
    case "disconnected":
      return { glyph: "disconnected", word: safe`disconnected`, meaning: "muted" };
    case "connecting":
      return { glyph: "connecting", word: safe`connecting`, meaning: "accent" };
    case "stale":
      return { glyph: "stale", word: safe`stale`, meaning: "warning" };
    case "warm-standby":
      return { glyph: "disconnected", word: safe`warm standby`, meaning: "muted" };
    case "error":
      return { glyph: "error", word: safe`error`, meaning: "critical" };
    case "reconnecting":
      if (isRecovering(node)) return { glyph: "connecting", word: safe`recovering`, meaning: "warning" };
      return isRestarting(node)
        ? { glyph: "connecting", word: safe`restarting`, meaning: "warning" }
        : { glyph: "error", word: safe`down`, meaning: "critical" };
    case "connected": {
      const [worst] = alerts;
      // A standby may have replayed all that it got, and get nothing.
      if (!worst && unknowns.some(({ kind }) => kind === "receiver"))
        return { glyph: "warning", word: safe`unknown`, meaning: "warning" };
      if (!worst) return { glyph: "connected", word: safe`up`, meaning: "ok" };
      const glyph = worst.severity === "critical" ? "error" : "warning";
      return { glyph, word: safe`${worst.severity}`, meaning: worst.severity };
    }
  }
}

/** After so many attempts, a minute and a half, no restart is awaited: it recovers, or never accepts connections. */
const longRestart = 8;

function isRecovering({ health }: NodeEntry): boolean {
  const kind = health.error?.kind;
  return kind === "recovering" || (kind === "starting" && health.failures >= longRestart);
}

function isRestarting({ health }: NodeEntry): boolean {
  const kind = health.error?.kind;
  return kind === "starting" || kind === "shutting-down";
}

/**
 * What is wrong with a node in words: why it is down and when it is tried next, its worst alert, or what is unknown
 * of it. The longest form first, for where there is room; none when nothing is wrong.
 */
export function issueOf(node: NodeEntry, nowMs: number, { times, ellipsis }: Glyphs): SafeText[] {
  const { health, alerts, unknowns } = node;
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
  const [worst] = alerts;
  if (health.state !== "connected") return [];
  if (!worst)
    return [...nodeNotes(node), ...unknowns.map(({ reason }) => reason)]
      .slice(0, 1)
      .map((note) => safeText(note, 200, ellipsis));
  const text = safeText(worst.text);
  const others = alerts.length > 1 ? safe` (+${alerts.length - 1})` : safe``;
  return [safe`${text}${others}, for ${age(nowMs - worst.sinceMs)}`, safe`${text}${others}`, text];
}

const age = (ms: number) => printAge(Math.max(0, ms) / 1000);

/** How bad a node is: 0 well, 1 connecting, 2 warning, 3 critical. */
export function badness(node: NodeEntry): number {
  const { meaning } = stateLooks(node);
  return meaning === "critical" ? 3 : meaning === "warning" ? 2 : meaning === "accent" ? 1 : 0;
}

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
