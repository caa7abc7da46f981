import type { Scope } from "../../store/screen.ts";
import { withSpot } from "../../store/screen.ts";
import { nodesIn, shown } from "../../store/selectors.ts";
import { type State, updateScreen } from "../../store/store.ts";
import type { Choice } from "../command.ts";
import { showView } from "../tabs.ts";
import { viewCalled } from "../views.ts";

/**
 * What a view with arguments means, and what the name of the nodes may become: `:locks orders`,
 * `:activity orders-1 state:active`, `:act >5s`. Nothing where the first word is no view, or the only one.
 */
export function typedViews(state: State, text: string): readonly Choice[] {
  const [, word = "", , rest = ""] = /^\s*(\S+)(\s+(.*))?$/s.exec(text) ?? [];
  const view = viewCalled(word);
  if (!view || rest.trim() === "") return [];
  const [first = "", ...others] = rest.trim().split(/\s+/);
  const scope = scopeCalled(state, first);
  const filter = (scope ? others.join(" ") : rest).trim();
  const typed = choice(view.name, scope, filter);
  if (scope || others.length > 0) return [typed];
  const wanted = first.toLowerCase();
  const names = [...scopeNames(state)].filter((name) => name.toLowerCase().includes(wanted));
  return [...names.map((name) => choice(view.name, scopeCalled(state, name), "")), typed];
}

type Called = { readonly name: string; readonly scope: Scope };

function choice(view: string, called: Called | null, filter: string): Choice {
  const of = called ? `of ${called.name === "all" ? "all nodes" : called.name}` : "of the nodes here";
  return {
    label: [view, called?.name, filter].filter(Boolean).join(" "),
    note: filter === "" ? of : `${of}, filter ${filter}`,
    chord: null,
    run: ({ store }) => {
      showView(store, view, called?.scope);
      if (filter !== "") updateScreen(store, (screen) => withSpot(screen, { filter }));
    },
  };
}

function* scopeNames(state: State): Iterable<string> {
  const { clusters } = shown(state);
  yield* clusters.flatMap(({ name, heading }) => (heading ? [name] : []));
  yield* nodesIn(state, { kind: "all" });
}

/** The nodes of that name: a cluster with a heading, a node, or `all`. */
function scopeCalled(state: State, name: string): Called | null {
  const wanted = name.toLowerCase();
  const { clusters } = shown(state);
  const cluster = clusters.find((one) => one.heading && one.name.toLowerCase() === wanted);
  if (cluster) return { name: cluster.name, scope: { kind: "cluster", cluster: cluster.name } };
  const node = nodesIn(state, { kind: "all" }).find((one) => one.toLowerCase() === wanted);
  if (node !== undefined) return { name: node, scope: { kind: "node", node } };
  return wanted === "all" ? { name: "all", scope: { kind: "all" } } : null;
}
