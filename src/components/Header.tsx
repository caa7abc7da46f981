import { printAge } from "../postgres/pretty.ts";
import { width as cellsOf, safeText } from "../postgres/text.ts";
import { printDuration } from "../postgres/units.ts";
import { currentSpot, type Place } from "../store/screen.ts";
import { nodesIn, shown } from "../store/selectors.ts";
import type { State } from "../store/store.ts";
import { viewNamed } from "../views/all.ts";
import { stateLooks } from "./node-state.ts";
import type { Meaning, Theme } from "./theme.ts";

/** Where the person is on the left; the fleet in one line, the pace and the newest sample's clock on the right. */
export function headerLine(state: State, theme: Theme, width: number): string {
  const production = isProduction(state);
  const crumbs = breadcrumb(state).map((crumb) => safeText(crumb, 30));
  const path = crumbs.join(` ${theme.glyphs.separator} `);
  const left = ` pgparade  ${path} `;
  const right = [...tally(state, theme), pace(state, theme)];
  const plainRight = right.map(({ text }) => text).join("  ");
  const room = width - cellsOf(left) - cellsOf(plainRight) - 1;
  const shownRight = room >= 1 ? right : right.slice(-1);
  const space = width - cellsOf(left) - cellsOf(shownRight.map(({ text }) => text).join("  ")) - 1;
  const painted = ` ${theme.paint("heading", "pgparade")}  ${theme.paint(production ? "production" : "strong", path)} `;
  if (space < 1) return painted;
  return `${painted}${" ".repeat(space)}${shownRight.map(({ text, meaning }) => theme.paint(meaning, text)).join("  ")}`;
}

type Part = { readonly text: string; readonly meaning: Meaning };

function tally(state: State, theme: Theme): Part[] {
  const counts = new Map<string, Part & { readonly glyph: string; count: number; readonly word: string }>();
  for (const node of Object.values(shown(state).nodes)) {
    const { glyph, word, meaning } = stateLooks(node);
    const key = `${glyph} ${word}`;
    const before = counts.get(key) ?? { text: "", glyph: theme.glyphs[glyph], word, meaning, count: 0 };
    counts.set(key, { ...before, count: before.count + 1 });
  }
  const order: readonly Meaning[] = ["critical", "warning", "accent", "muted", "ok"];
  return [...counts.values()]
    .sort((a, b) => order.indexOf(b.meaning) - order.indexOf(a.meaning))
    .map(({ glyph, count, word, meaning }) => ({ text: `${glyph} ${count} ${word}`, meaning }));
}

function pace(state: State, theme: Theme): Part {
  const { refreshMs } = state.screen;
  const { clockMs, nowMs } = shown(state);
  const clock = clockMs === 0 ? "" : `  ${new Date(clockMs).toTimeString().slice(0, 8)}`;
  if (state.frozen)
    return {
      text: `${theme.glyphs.paused} paused ${printAge((state.observed.nowMs - nowMs) / 1000)} ago${clock}`,
      meaning: "warning",
    };
  return { text: `every ${printDuration(refreshMs)}${clock} ${theme.glyphs.running}`, meaning: "muted" };
}

function breadcrumb(state: State): string[] {
  const { place } = currentSpot(state.screen);
  return [state.title, ...crumbsOf(place, state)];
}

function crumbsOf(place: Place, state: State): string[] {
  switch (place.kind) {
    case "fleet":
      return ["fleet"];
    case "node":
      return [...clusterOf(place.node, state), place.node];
    case "row":
      return [
        ...clusterOf(place.node, state),
        place.node,
        titleOf(place.view),
        place.key.split("\u0000")[1] ?? "",
      ];
    case "view":
      if (place.scope.kind === "node")
        return [...clusterOf(place.scope.node, state), place.scope.node, titleOf(place.view)];
      return [place.scope.kind === "cluster" ? place.scope.cluster : "all nodes", titleOf(place.view)];
  }
}

const titleOf = (view: string) => viewNamed(view)?.title.toLowerCase() ?? view;

function clusterOf(node: string, state: State): string[] {
  const cluster = shown(state).clusters.find(
    ({ heading, nodes }) => heading && nodes.some(({ name }) => name === node),
  );
  return cluster ? [cluster.name] : [];
}

/** True when something on screen is what the config calls production. */
function isProduction(state: State): boolean {
  const { place } = currentSpot(state.screen);
  if (place.kind === "fleet") return false;
  const names = place.kind === "view" ? nodesIn(state, place.scope) : [place.node];
  return names.some((name) => shown(state).nodes[name]?.production ?? false);
}
