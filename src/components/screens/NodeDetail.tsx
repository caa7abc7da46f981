import { isUp } from "../../stats/health.ts";
import { type Series, sparkline } from "../../stats/history.ts";
import type { NodeEntry } from "../../store/nodes.ts";
import { currentSpot } from "../../store/screen.ts";
import { shown } from "../../store/selectors.ts";
import { printAge, printElapsed, printRate } from "../../text/pretty.ts";
import { safeName, safeText } from "../../text/text.ts";
import { wrapped } from "../../text/wrapped.ts";
import type { BodyProps } from "../drawing/body.ts";
import { factLines } from "../drawing/fact-lines.ts";
import { Lines } from "../drawing/Lines.tsx";
import { issueOf, stateLooks } from "../drawing/node-state.ts";
import type { Theme } from "../drawing/theme.ts";
import { factsOf, sessionsOf } from "./node-facts.ts";

/** One node: what is wrong, its sessions and ours, what it is, and how the last minutes went. */
export function NodeDetail(props: BodyProps) {
  const { state, theme, width } = props;
  const { place } = currentSpot(state.screen);
  const { nodes, nowMs } = shown(state);
  const node = place.kind === "node" ? nodes[place.node] : undefined;
  if (!node) return <Lines {...props} lines={["  this node is gone; Esc goes back"]} />;
  const lines = [
    headOf(node, nowMs, theme),
    ...troubles(node, nowMs, width, theme),
    "",
    ...factLines(sessionsOf(node, nowMs, theme), factsOf(node, theme), width, theme),
    "",
    ...trends(node, width, theme),
  ];
  return <Lines {...props} lines={lines} />;
}

function headOf(node: NodeEntry, nowMs: number, theme: Theme): string {
  const { glyph, word, meaning } = stateLooks(node);
  const since = printElapsed((nowMs - node.health.sinceMs) / 1000);
  const sign = theme.paint(meaning, `${theme.glyphs[glyph]} ${word}`);
  const name = safeName(node.name, 60, theme.glyphs.ellipsis);
  const painted = node.colour ? theme.tag(node.colour, name) : theme.paint("strong", name);
  return ` ${sign}  ${painted}  ${safeName(node.address, 80, theme.glyphs.ellipsis)}  ${theme.paint("muted", `${node.health.state} for ${since}`)}`;
}

/** Why it is not reached and what to do about it; or everything that is wrong with a node that answers. */
function troubles(node: NodeEntry, nowMs: number, width: number, theme: Theme): string[] {
  const { meaning } = stateLooks(node);
  const { health, alerts } = node;
  if (!isUp(health) || health.state === "stale") {
    const [issue] = issueOf(node, nowMs, theme.glyphs);
    const hint = health.error?.hint && safeText(health.error.hint, 400, theme.glyphs.ellipsis);
    // What to do is in the end of both.
    const lines = (text: string) => wrapped(text, width - 4);
    return [
      ...(issue ? lines(issue).map((line) => `   ${theme.paint(meaning, line)}`) : []),
      ...(hint ? lines(hint).map((line) => `   ${theme.paint("muted", line)}`) : []),
    ];
  }
  return alerts.map(({ severity, text, sinceMs }) => {
    const since = printAge(Math.max(0, nowMs - sinceMs) / 1000);
    return `   ${theme.paint(severity, `${severity.padEnd(8)}  ${text}`)}${theme.paint("muted", `, for ${since}`)}`;
  });
}

function trends({ trends: series, pulse }: NodeEntry, width: number, theme: Theme): string[] {
  const cells = Math.max(10, Math.min(120, width - 44));
  const line = (label: string, values: Series, floor: number, print: (value: number) => string) => {
    const known = values.slice(-cells).filter((value) => value !== null);
    if (known.length === 0) return "";
    const now = values.at(-1) ?? null;
    const value = (now === null ? theme.glyphs.unknown : print(now)).padStart(7);
    const bars = sparkline(values, cells, { floor, ascii: theme.ascii });
    return ` ${theme.paint("muted", label.padStart(19))}${value}  ${theme.paint("accent", bars)}  ${theme.paint("muted", `max ${print(Math.max(...known))}`)}`;
  };
  return [
    line("TX/s", series.transactions, 20, printRate),
    line("connections", series.connections, pulse?.max_connections ? pulse.max_connections / 4 : 10, String),
    line("replay lag", series.lagSeconds, 5, printAge),
    line("answer ms", series.latencyMs, 5, (ms) => ms.toFixed(1)),
  ].filter((text) => text !== "");
}
