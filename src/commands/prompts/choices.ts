import type { OverlayOf } from "../../store/screen.ts";
import { nodeOrder, shown } from "../../store/selectors.ts";
import { type State, updateScreen } from "../../store/store.ts";
import { offeredViews, views } from "../../views/all.ts";
import type { View } from "../../views/view.ts";
import { commands } from "../all.ts";
import { applies, type Choice, runCommand } from "../command.ts";
import { goToNode } from "../navigation.ts";
import { operationChoices } from "../operations/all.ts";
import { ranked } from "../ranked.ts";
import { showView } from "../tabs.ts";
import { viewCalled } from "../views.ts";
import { choicesAbout } from "./about.ts";
import { typedNodes, typedViews } from "./typed-view.ts";

/** Every view, command and node that matches, and below them what has to do with the word. */
export function paletteChoices(state: State, wanted: string): readonly Choice[] {
  const word = wanted.trim();
  const [ofViews, ofCommands] = [viewChoices(offeredViews()), commandChoices(state)];
  const called = viewCalled(word);
  const found = matching(wanted, [...ofViews, ...ofCommands, ...allNodes(state)]);
  // What is called exactly so, such as a node, comes before what is called so as well.
  const exact = found.filter(({ label }) => label === word);
  const aliased = [
    ...(called ? viewChoices([called]) : []),
    ...ofCommands.filter(({ label }) => aliasesOf(label).includes(word)),
  ];
  const named = [...exact, ...aliased, ...typedNodes(state, wanted), ...typedViews(state, wanted), ...found];
  const isSame = (a: Choice, b: Choice) => a.label === b.label && a.note === b.note;
  const once = named.filter((one, at) => named.findIndex((other) => isSame(other, one)) === at);
  const labels = new Set(once.map(({ label }) => label));
  return [...once, ...choicesAbout(state, word).filter(({ label }) => !labels.has(label))];
}

const aliasesOf = (command: string) => commands.find(({ name }) => name === command)?.aliases ?? [];

export function nodeChoices(state: State, wanted: string): readonly Choice[] {
  return matching(wanted, allNodes(state));
}

/** What can be done here and matches, and below it what cannot. */
export function operationsMatching(state: State, wanted: string): readonly Choice[] {
  const found = matching(wanted, operationChoices(state));
  // What begins to be typed as `promote` must not become promote-anyway where promote is refused.
  const place = ({ label, isOff }: Choice) => (isOff || label.endsWith("-anyway") ? 1 : 0);
  if (found[0]?.label === wanted.trim()) return found;
  return found.toSorted((a, b) => place(a) - place(b));
}

function matching(wanted: string, all: readonly Choice[]): readonly Choice[] {
  const word = wanted.trim();
  if (word === "") return all;
  return ranked(wanted, all).filter(({ label, leaves }) => !leaves || label.startsWith(word));
}

function allNodes(state: State): Choice[] {
  return nodeOrder(state).map((name) => ({
    label: name,
    note: shown(state).nodes[name]?.health.state ?? "",
    chord: null,
    run: ({ store }) => updateScreen(store, () => goToNode(store.getState(), name)),
  }));
}

function viewChoices(some: readonly View[]): Choice[] {
  return some.map(({ name, source }) => ({
    label: name,
    note: source,
    chord: commands.find((command) => command.name === name)?.keys[0] ?? null,
    run: ({ store }) => showView(store, name),
  }));
}

/** Enter after a typing mistake must not end the program: these match by their beginning only, not by letters in between. */
const leaving: ReadonlySet<string> = new Set(["quit", "suspend"]);

/** Commands that apply here. One that only opens a view is offered as that view. */
function commandChoices(state: State): Choice[] {
  return commands
    .filter(
      (command) =>
        command.name !== "palette" &&
        !command.name.startsWith("node-") &&
        !views.some((view) => view.name === command.name) &&
        applies(command, state),
    )
    .map((command) => ({
      label: command.name,
      note: command.title,
      chord: command.keys[0] ?? null,
      leaves: leaving.has(command.name),
      run: (context) => runCommand(command, context),
    }));
}

/** The groups that a node can be moved to: those there are, none, and one of the name that was typed. */
export function groupChoices(
  { connections }: State,
  { node, ranked: wanted }: OverlayOf<"group">,
): readonly Choice[] {
  const choice = (label: string, note: string, group: string | null): Choice => ({
    label,
    note,
    chord: null,
    run: ({ store }) =>
      updateScreen(store, (screen) => ({
        ...screen,
        overlay: { kind: "change", change: { act: "move", node, group } },
      })),
  });
  const current = connections.entries.find(({ name }) => name === node)?.group ?? null;
  const name = wanted.trim();
  const others = connections.groups
    .filter((group) => group.name !== current)
    .map((group) => choice(group.name, "", group.name));
  if (name === "") return current === null ? others : [...others, choice("none", "out of its group", null)];
  const found = ranked(name, others);
  const isKnown = connections.groups.some((group) => group.name === name);
  return isKnown ? found : [...found, choice(name, "a new group", name)];
}
