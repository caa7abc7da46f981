import type { ServerFacts } from "../../postgres/server.ts";
import type { FleetEvent } from "../../stats/events.ts";
import { safeName } from "../../text/text.ts";
import { lastAnswer } from "../compared.ts";
import type { Row } from "../row.ts";
import type { Samples } from "../sample.ts";
import { settingValues, valueIn } from "./setting-values.ts";

/** What is known of a node in one round. */
type Round = {
  readonly samples: Samples;
  readonly nodes: Readonly<
    Record<string, { readonly facts: Pick<ServerFacts, "versionNum" | "readsAllSettings"> | null }>
  >;
};

/** So many changes of a node at once are told one by one. */
const most = 5;

/**
 * The settings that changed between two rounds, as far as the rules have asked for them anyway. What is not listed is at the
 * default, unless the role may not see all; another major has other defaults.
 */
export function settingEvents(before: Round, after: Round, clockMs: number): FleetEvent[] {
  const newer = after.samples[settingValues.name] ?? {};
  const older = before.samples[settingValues.name] ?? {};
  if (newer === older) return [];
  return Object.entries(newer).flatMap(([node, sample]) => {
    // A look that failed keeps what it could not replace.
    const last = lastAnswer(older[node]);
    const [then, now] = [before.nodes[node]?.facts, after.nodes[node]?.facts];
    if (sample.state !== "ok" || !last || last === sample || !then || !now) return [];
    if (Math.floor(then.versionNum / 10_000) !== Math.floor(now.versionNum / 10_000)) return [];
    const changes = changesOf(last.rows, sample.rows, then.readsAllSettings && now.readsAllSettings);
    const more = changes.length > most ? [`${changes.length - most} more settings changed`] : [];
    return [...changes.slice(0, most), ...more].map((text) => {
      return { clockMs, node, kind: "setting", severity: "ok", text } as const;
    });
  });
}

function changesOf(before: readonly Row[], after: readonly Row[], seesAll: boolean): string[] {
  const [old, own] = [before, after].map((rows) => new Map(rows.map((row) => [String(row["name"]), row])));
  if (!old || !own) return [];
  return [...new Set([...old.keys(), ...own.keys()])].toSorted().flatMap((name) => {
    if (!seesAll && !(old.has(name) && own.has(name))) return [];
    const was = valueIn(old, own.get(name), name);
    const is = valueIn(own, old.get(name), name);
    if (was === null || is === null || was === is) return [];
    const [from, to] = [was, is].map((value) => (value === "" ? "empty" : safeName(value, 60)));
    return [`${safeName(name, 63)} is ${to}, was ${from}`];
  });
}
