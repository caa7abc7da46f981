import { printVersion } from "../../postgres/version.ts";
import { hasFigures, isUp } from "../../stats/health.ts";
import type { Series } from "../../stats/history.ts";
import { countedOnce } from "../../stats/replication/topology.ts";
import { unseenSessions } from "../../stats/unknown.ts";
import type { ClusterEntry, NodeEntry } from "../../store/nodes.ts";
import { roleOf } from "../../store/selectors.ts";
import { printElapsed, printRate } from "../../text/pretty.ts";
import { type SafeText, safe } from "../../text/safe-text.ts";
import { safeName, safeText } from "../../text/text.ts";
import { badness } from "../../views/node-word.ts";
import type { Cell } from "../drawing/layout.ts";
import { issueOf, stateLooks } from "../drawing/node-state.ts";
import type { Theme } from "../drawing/theme.ts";
import { type FleetCells, lagTime, productionCell, spark, sparkCells } from "./fleet-columns.ts";

const strong = (text: SafeText): Cell => ({ text, meaning: "strong" });
const empty: Cell = { text: safe`` };

/** A cluster's heading: sums and worst values over the nodes that answer, and the worst of their troubles. */
export function clusterCells(
  cluster: ClusterEntry,
  nodes: readonly NodeEntry[],
  folded: boolean,
  theme: Theme,
  nowMs: number,
): FleetCells {
  const counted = countedOnce(
    cluster.nodes,
    new Set(nodes.filter(({ health }) => isUp(health)).map(({ name }) => name)),
  );
  const up = nodes
    .filter(({ name }) => counted.has(name))
    .map((node) => (hasFigures(node.health) ? node : { ...node, pulse: null }));
  // A sum of what some nodes tell is no sum: a node may hide the most.
  const summed = (value: (node: NodeEntry) => number | null | undefined) => {
    const values = up.map((node) => value(node) ?? null);
    const known = values.filter((one) => one !== null);
    return known.length > 0 && known.length === values.length ? known.reduce((a, b) => a + b, 0) : null;
  };
  const sum = (value: (node: NodeEntry) => number | null | undefined) => {
    const known = summed(value);
    return known === null ? theme.glyphs.unknown : safe`${known}`;
  };
  const transactions = summed(({ pulse }) => pulse?.transactions);
  const ifUp = (text: () => SafeText) => strong(up.length > 0 ? text() : safe``);
  const versions = [...new Set(up.flatMap(({ facts }) => (facts ? [printVersion(facts.versionNum)] : [])))];
  const oldest = up.flatMap(({ pulse }) => pulse?.oldest_transaction ?? []);
  const noneOldest = up.some(({ pulse }) => !pulse || unseenSessions(pulse)) ? theme.glyphs.unknown : safe``;
  const worst = nodes.reduce<NodeEntry | null>((a, b) => (a && badness(a) >= badness(b) ? a : b), null);
  const looks = worst && badness(worst) > 1 ? stateLooks(worst) : null;
  const name = safeName(cluster.name, 40, theme.glyphs.ellipsis);
  return {
    sign: {
      text: folded ? theme.glyphs.folded : theme.glyphs.open,
      meaning: looks && folded ? looks.meaning : "muted",
    },
    name: cluster.production
      ? { text: name, meaning: "production" }
      : cluster.colour
        ? { text: name, colour: cluster.colour }
        : strong(name),
    production: productionCell(cluster.production),
    role: strong(safe`${nodes.length} ${nodes.length === 1 ? "node" : "nodes"}`),
    version: strong(versions.length > 1 ? safe`mixed` : safeText(versions[0] ?? "")),
    uptime: empty,
    tls: empty,
    gauge: empty,
    connections: ifUp(
      () => safe`${sum(({ pulse }) => pulse?.connections)}/${sum(({ pulse }) => pulse?.usable_connections)}`,
    ),
    active: ifUp(() => sum(({ pulse }) => pulse?.active)),
    blocked: ifUp(() => sum(({ pulse }) => pulse?.blocked)),
    transactions: ifUp(() => (transactions === null ? theme.glyphs.unknown : printRate(transactions))),
    spark: { text: spark(total(up.map(({ trends }) => trends.transactions)), theme), meaning: "accent" },
    hit_ratio: empty,
    lag_seconds: strong(worstLag(up, theme)),
    lag_bytes: empty,
    oldest_transaction: strong(oldest.length > 0 ? printElapsed(Math.max(...oldest)) : noneOldest),
    issue: cluster.problem
      ? { text: safe`${theme.glyphs.error} ${safeText(cluster.problem, 200)}`, meaning: "critical" }
      : troubleOf(looks ? worst : null, theme, nowMs),
  };
}

/** The worst node by name with its sign and its issue, so that a folded cluster tells it too. */
function troubleOf(node: NodeEntry | null, theme: Theme, nowMs: number): Cell {
  if (node === null) return empty;
  const { health, alerts } = node;
  const { glyph, meaning, word } = stateLooks(node);
  const name = safe`${theme.glyphs[glyph]} ${safeName(node.name, 40, theme.glyphs.ellipsis)}`;
  const [text = word, ...shorter] = issueOf(node, nowMs, theme.glyphs);
  // That it is a warning the sign says already: of the reason its beginning is more than that word.
  const least = isUp(health) && alerts.length > 0 ? [] : [word];
  return {
    text: safe`${name} ${text}`,
    shorter: [...shorter, ...least].map((form) => safe`${name} ${form}`),
    meaning,
  };
}

/** Unknown where no standby can tell, a lower bound where one cannot. */
function worstLag(nodes: readonly NodeEntry[], { glyphs }: Theme): SafeText {
  const known = nodes.flatMap(({ lag }) => (lag?.seconds != null ? [lag] : []));
  const worst = known.reduce<NodeEntry["lag"]>(
    (a, b) => (a && (a.seconds ?? 0) >= (b.seconds ?? 0) ? a : b),
    null,
  );
  const untold = nodes.some((node) => roleOf(node) === "standby" && node.lag?.seconds == null);
  if (!worst) return untold ? glyphs.unknown : safe``;
  return lagTime({ seconds: worst.seconds, atLeast: worst.atLeast || untold }) ?? safe``;
}

/** Several nodes' series added up from their newest ends. */
function total(series: readonly Series[]): Series {
  return Array.from({ length: sparkCells }, (_, at) => {
    const values = series.flatMap((one) => one.at(at - sparkCells) ?? []);
    return values.length === 0 ? null : values.reduce((a, b) => a + b, 0);
  });
}
