import type { Scope } from "../../store/screen.ts";
import { open, withSpot } from "../../store/screen.ts";
import { nodesIn, shown } from "../../store/selectors.ts";
import { type State, updateScreen } from "../../store/store.ts";
import { nearest } from "../../text/nearest.ts";
import { safeName } from "../../text/text.ts";
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
  const behind = others.join(" ");
  if (scope) return [choice(view.name, scope, behind)];
  // As the footer shows a filter: a slash in front, and none at the end as a regular expression has.
  const asFilter = choice(view.name, null, rest.trim().replace(/^\/(?=[^/]*$)/, ""));
  if (!isWord.test(first)) return [asFilter];
  const wanted = first.toLowerCase();
  const names = [...new Set(scopeNames(state))].filter((name) => name.toLowerCase().includes(wanted));
  const nodes = names.map((name) => choice(view.name, scopeCalled(state, name), behind));
  return [...(nodes.length > 0 ? nodes : [unknown(view.name, first, [...scopeNames(state)])]), asFilter];
}

/** `:node orders-1` opens the page of that node, whatever is on screen; another view of nodes would stay with its name alone. */
export function typedNodes(state: State, text: string): readonly Choice[] {
  const [, wanted] = /^\s*node\s+(\S*)\s*$/i.exec(text.toLowerCase()) ?? [];
  if (wanted === undefined) return [];
  const all = nodesIn(state, { kind: "all" });
  const exact = all.filter((name) => name.toLowerCase() === wanted);
  const others = all.filter((name) => !exact.includes(name) && name.toLowerCase().includes(wanted));
  const pages = [...exact, ...others].map(
    (node): Choice => ({
      label: `node ${node}`,
      note: "its page",
      chord: null,
      run: ({ store }) => updateScreen(store, (screen) => open(screen, { kind: "node", node })),
    }),
  );
  return pages.length > 0 ? pages : [unknown("node", wanted, all)];
}

/** A name, and no filter: that has a sign in it. */
const isWord = /^[^\s:=<>!~/"]+$/;

/** That the word behind a view names nothing. Taken for a filter, it would show an empty table that looks like peace. */
function unknown(view: string, word: string, known: readonly string[]): Choice {
  const meant = nearest(word, known);
  const better = meant === null ? "" : `; did you mean ${safeName(meant, 40)}?`;
  const kinds = view === "node" ? "node" : "node, cluster or group";
  const words = `no ${kinds} is called ${safeName(word, 40)}${better}`;
  return {
    label: `${view} ${word}`,
    note: `no node is called so${better}`,
    chord: null,
    run: ({ store }) => updateScreen(store, (screen) => ({ ...screen, notice: words })),
  };
}

type Called = { readonly name: string; readonly scope: Scope };

function choice(view: string, called: Called | null, filter: string): Choice {
  const of = called ? `of ${called.name === "all" ? "all nodes" : called.name}` : "of the nodes here";
  return {
    label: [view, called?.name, filter && (called ? filter : `/${filter}`)].filter(Boolean).join(" "),
    note: filter === "" ? of : `${of}, filter ${filter}`,
    chord: null,
    run: ({ store }) => {
      showView(store, view, called?.scope);
      if (filter === "") return;
      const notice = `filter: ${filter}`;
      updateScreen(store, (screen) => ({ ...withSpot(screen, { filter }), notice }));
    },
  };
}

function* scopeNames(state: State): Iterable<string> {
  const { clusters } = shown(state);
  yield* clusters.flatMap(({ name, heading }) => (heading ? [name] : []));
  yield* nodesIn(state, { kind: "all" });
  yield* Object.values(shown(state).nodes).flatMap(({ group }) => group ?? []);
}

/** The nodes of that name: a cluster with a heading, a node, a group of the config, or `all`. */
function scopeCalled(state: State, name: string): Called | null {
  const wanted = name.toLowerCase();
  const { clusters, nodes } = shown(state);
  const cluster = clusters.find((one) => one.heading && one.name.toLowerCase() === wanted);
  if (cluster) return { name: cluster.name, scope: { kind: "cluster", cluster: cluster.name } };
  const node = nodesIn(state, { kind: "all" }).find((one) => one.toLowerCase() === wanted);
  if (node !== undefined) return { name: node, scope: { kind: "node", node } };
  const inGroup = Object.values(nodes).filter(({ group }) => group?.toLowerCase() === wanted);
  const called = inGroup[0]?.group ?? null;
  if (called !== null)
    return { name: called, scope: { kind: "nodes", nodes: inGroup.map((one) => one.name), called } };
  return wanted === "all" ? { name: "all", scope: { kind: "all" } } : null;
}
