import { isUp } from "../../stats/health.ts";
import { type Series, sparkline } from "../../stats/history.ts";
import type { NodeEntry } from "../../store/nodes.ts";
import type { PlaceOf } from "../../store/screen.ts";
import { nodeNotes, shown } from "../../store/selectors.ts";
import { printAge, printElapsed, printRate, printTenths } from "../../text/pretty.ts";
import { padStart, type SafeText, safe } from "../../text/safe-text.ts";
import { fit, safeName, safeText } from "../../text/text.ts";
import { wrapped } from "../../text/wrapped.ts";
import type { BodyProps } from "../drawing/body.ts";
import { factLines } from "../drawing/fact-lines.ts";
import { Lines } from "../drawing/Lines.tsx";
import { issueOf, stateLooks } from "../drawing/node-state.ts";
import type { Theme } from "../drawing/theme.ts";
import { factsOf, sessionsOf } from "./node-facts.ts";

/** One node: what is wrong, its sessions and ours, what it is, and how the last minutes went. */
export function NodeDetail({ place, ...props }: BodyProps & { readonly place: PlaceOf<"node"> }) {
  const { state, theme, width } = props;
  const { nodes, nowMs } = shown(state);
  const node = nodes[place.node];
  if (!node) return <Lines {...props} lines={[safe`  this node is gone; Esc goes back`]} />;
  const lines = [
    headOf(node, nowMs, theme),
    ...troubles(node, nowMs, width, theme),
    safe``,
    ...factLines(sessionsOf(node, nowMs, theme), factsOf(node, theme), width, theme),
    safe``,
    ...trends(node, width, theme),
  ];
  return <Lines {...props} lines={lines} />;
}

function headOf(node: NodeEntry, nowMs: number, theme: Theme): SafeText {
  const { glyph, word, meaning } = stateLooks(node);
  const since = printElapsed((nowMs - node.health.sinceMs) / 1000);
  const sign = theme.paint(meaning, safe`${theme.glyphs[glyph]} ${word}`);
  const name = safeName(node.name, 60, theme.glyphs.ellipsis);
  const painted = node.colour ? theme.tag(node.colour, name) : theme.paint("strong", name);
  return safe` ${sign}  ${painted}  ${safeName(node.address, 80, theme.glyphs.ellipsis)}  ${theme.paint("muted", safe`${node.health.state} for ${since}`)}`;
}

/** Why it is not reached and what to do about it; or everything that is wrong with a node that answers. */
function troubles(node: NodeEntry, nowMs: number, width: number, theme: Theme): SafeText[] {
  const { meaning } = stateLooks(node);
  const { health, alerts } = node;
  if (!isUp(health) || health.state === "stale") {
    const [issue] = issueOf(node, nowMs, theme.glyphs);
    const hint = health.error?.hint && safeText(health.error.hint, 400, theme.glyphs.ellipsis);
    // What to do is in the end of both.
    const lines = (text: SafeText) => wrapped(text, width - 4);
    return [
      ...(issue ? lines(issue).map((line) => safe`   ${theme.paint(meaning, line)}`) : []),
      ...(hint ? lines(hint).map((line) => safe`   ${theme.paint("muted", line)}`) : []),
    ];
  }
  const wrong = alerts.map(({ severity, text, sinceMs }) => {
    const since = printAge(Math.max(0, nowMs - sinceMs) / 1000);
    return safe`   ${theme.paint(severity, safe`${fit(safe`${severity}`, 8)}  ${safeText(text)}`)}${theme.paint("muted", safe`, for ${since}`)}`;
  });
  const unknown = node.unknowns.flatMap(({ kind, reason }) =>
    wrapped(safe`unknown   ${safeText(reason, 400, theme.glyphs.ellipsis)}`, width - 4).map(
      (line) => safe`   ${theme.paint(kind === "receiver" ? "warning" : "muted", line)}`,
    ),
  );
  const notes = nodeNotes(node).flatMap((note) =>
    wrapped(safe`note      ${safeText(note, 400, theme.glyphs.ellipsis)}`, width - 4).map(
      (line) => safe`   ${theme.paint("warning", line)}`,
    ),
  );
  return [...wrong, ...notes, ...unknown];
}

function trends({ trends: series, pulse }: NodeEntry, width: number, theme: Theme): SafeText[] {
  const cells = Math.max(10, Math.min(120, width - 44));
  const line = (label: SafeText, values: Series, floor: number, print: (value: number) => SafeText) => {
    const known = values.slice(-cells).filter((value) => value !== null);
    if (known.length === 0) return safe``;
    const now = values.at(-1) ?? null;
    const value = padStart(now === null ? theme.glyphs.unknown : print(now), 7);
    const bars = safeText(sparkline(values, cells, { floor, ascii: theme.ascii }));
    return safe` ${theme.paint("muted", padStart(label, 19))}${value}  ${theme.paint("accent", bars)}  ${theme.paint("muted", safe`max ${print(Math.max(...known))}`)}`;
  };
  return [
    line(safe`TX/s`, series.transactions, 20, printRate),
    line(
      safe`connections`,
      series.connections,
      pulse?.usable_connections ? pulse.usable_connections / 4 : 10,
      (count) => safe`${count}`,
    ),
    line(safe`replay lag`, series.lagSeconds, 5, printAge),
    line(safe`answer ms`, series.latencyMs, 5, printTenths),
  ].filter((text) => text !== "");
}
