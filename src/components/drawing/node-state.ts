import type { NodeEntry } from "../../store/nodes.ts";
import { printAge } from "../../text/pretty.ts";
import { safeText } from "../../text/text.ts";
import type { Glyphs, Meaning } from "./theme.ts";

/** How a node's state looks: a glyph, a word and a meaning, so that nothing rests on colour alone. */
export type StateLooks = { readonly glyph: keyof Glyphs; readonly word: string; readonly meaning: Meaning };

export function stateLooks(node: NodeEntry): StateLooks {
  const { health, alerts } = node;
  switch (health.state) {
    case "disconnected":
      return { glyph: "disconnected", word: "disconnected", meaning: "muted" };
    case "connecting":
      return { glyph: "connecting", word: "connecting", meaning: "accent" };
    case "stale":
      return { glyph: "stale", word: "stale", meaning: "warning" };
    case "error":
      return { glyph: "error", word: "error", meaning: "critical" };
    case "reconnecting":
      return isRestarting(node)
        ? { glyph: "connecting", word: "restarting", meaning: "warning" }
        : { glyph: "error", word: "down", meaning: "critical" };
    case "connected": {
      const [worst] = alerts;
      if (!worst) return { glyph: "connected", word: "up", meaning: "ok" };
      return { glyph: "warning", word: worst.severity, meaning: worst.severity };
    }
  }
}

function isRestarting({ health }: NodeEntry): boolean {
  const kind = health.error?.kind;
  return kind === "starting" || kind === "shutting-down";
}

/**
 * What is wrong with a node in words: why it is down and when it is tried next, or its worst alert. The longest
 * form first, for where there is room; none when nothing is wrong.
 */
export function issueOf(node: NodeEntry, nowMs: number, { times, ellipsis }: Glyphs): string[] {
  const { health, alerts } = node;
  if (health.state === "stale")
    return [`no answer for ${age(nowMs - (health.lastAnswerAtMs ?? health.sinceMs))}`];
  if (health.error && health.state !== "connected") {
    const count = health.failures > 1 ? ` ${times}${health.failures}` : "";
    const waitMs = (health.nextAttemptAtMs ?? nowMs) - nowMs;
    const next = waitMs > 500 ? `next try ${Math.ceil(waitMs / 1000)}s` : "trying now";
    const key = health.error.wantedSecret ? "press p: " : "";
    const reason = `${key}${safeText(health.error.message, 200, ellipsis)}${count}`;
    return [`${reason}, ${next}, for ${age(nowMs - health.sinceMs)}`, `${reason}, ${next}`, reason];
  }
  const [worst] = alerts;
  if (health.state !== "connected" || !worst) return [];
  const others = alerts.length > 1 ? ` (+${alerts.length - 1})` : "";
  return [`${worst.text}${others}, for ${age(nowMs - worst.sinceMs)}`, `${worst.text}${others}`, worst.text];
}

const age = (ms: number) => printAge(Math.max(0, ms) / 1000);

/** How bad a node is: 0 well, 1 connecting, 2 warning, 3 critical. */
export function badness(node: NodeEntry): number {
  const { meaning } = stateLooks(node);
  return meaning === "critical" ? 3 : meaning === "warning" ? 2 : meaning === "accent" ? 1 : 0;
}

/** How a node's session is encrypted, in two words; null when it was never logged in to. */
export function encryptionOf({ facts }: NodeEntry): string | null {
  if (!facts) return null;
  if (!facts.tls) return "none";
  return facts.tls.verified ? `${facts.tls.protocol.replace(/^TLSv/, "")} verified` : "not verified";
}

/** The same in a mark: the version of TLS, and whether it vouches for the server. */
export function encryptionMark({ facts }: NodeEntry, { verified }: Glyphs): string | null {
  if (!facts) return null;
  if (!facts.tls) return "none";
  return `${facts.tls.protocol.replace(/^TLSv/, "")} ${facts.tls.verified ? verified : "?"}`;
}
