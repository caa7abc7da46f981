import { grantMonitor, type TlsState } from "../postgres/server.ts";
import { safeName } from "../text/text.ts";
import { pulseView } from "../views/server/pulse.ts";
import { restart } from "../views/server/restart.ts";
import { keyOf } from "../views/view.ts";
import { defineRule, found, nothingFound, rowsOf } from "./rule.ts";

const day = 86_400;

export const certificateExpiry = defineRule({
  name: "certificate_expiry",
  about: "time until the server's certificate ends",
  unit: "seconds",
  below: true,
  default: { warning: 30 * day, critical: 7 * day, forMs: 0 },
  needs: [pulseView],
  find: ({ name, facts }, { clockMs }) => {
    const left = facts && secondsLeft(facts.tls, clockMs);
    if (left === null) return nothingFound;
    const ended = left <= 0 ? { text: "certificate has ended", figure: false as const } : {};
    return found({
      value: left,
      subject: { kind: "node", id: name },
      text: "certificate ends in",
      opens: null,
      ...ended,
    });
  },
});

/** Until the certificate ends that the server showed at the newest login; for ever without TLS. */
function secondsLeft(tls: TlsState | null, clockMs: number): number | null {
  if (!tls) return Number.POSITIVE_INFINITY;
  return tls.expiresAtMs === null ? null : (tls.expiresAtMs - clockMs) / 1000;
}

export const pendingRestart = defineRule({
  name: "pending_restart",
  about: "a setting was changed and waits for a restart",
  unit: "state",
  default: { warning: 1, critical: null, forMs: 0 },
  needs: [restart],
  everyMs: 60_000,
  find: (node, all) => {
    const { facts } = node;
    if (!facts || all.sample(restart, node.name)?.state !== "ok") return nothingFound;
    const findings = rowsOf(all, restart, node).map((row) => ({
      value: 1,
      subject: { kind: "setting" as const, id: row.name ?? "" },
      text: `${safeName(row.name ?? "", 63)} waits for a restart`,
      opens: { view: restart.name, key: keyOf(restart, row) },
    }));
    const hidden = `settings of superusers are hidden: ${grantMonitor(facts)}`;
    return { findings, unknown: facts.readsAllStats ? [] : [{ kind: "view", reason: hidden }] };
  },
});
