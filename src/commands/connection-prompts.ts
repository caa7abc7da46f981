import { scrolledTest } from "../store/connection-test.ts";
import type { Overlay } from "../store/screen.ts";
import { type State, updateScreen } from "../store/store.ts";
import type { Choice, Context } from "./command.ts";
import { questionOver } from "./host-key.ts";
import { promptOver } from "./password.ts";
import { ranked as rankedBy } from "./ranked.ts";

/** A chord while the report of a node's test is shown: once more, with what it wants, or back to the list. */
export function typeOnTest(
  { store, actions }: Context,
  overlay: Extract<Overlay, { kind: "connection-test" }>,
  chord: string,
): void {
  const asking = chord === "p" ? promptOver(overlay) : chord === "T" ? questionOver(overlay) : null;
  const scrolled = scrolledTest(overlay.test, chord);
  if (scrolled) updateScreen(store, (screen) => ({ ...screen, overlay: { ...overlay, test: scrolled } }));
  else if (chord === "t") actions.connections.test(overlay.node);
  else if (asking) updateScreen(store, (screen) => ({ ...screen, overlay: asking }));
  else if (chord === "escape" || chord === "enter") {
    actions.connections.stopTest();
    updateScreen(store, (screen) => ({ ...screen, overlay: null }));
  }
}

/** The answer to the question whether the config file is changed: every key but y is a no. */
export function answerChange(
  { store, actions: { connections } }: Context,
  { change }: Extract<Overlay, { kind: "change" }>,
  chord: string,
): void {
  updateScreen(store, (screen) => ({ ...screen, overlay: null }));
  if (chord !== "y" && chord !== "Y") return;
  if (change.act === "delete") connections.remove(change.target);
  else if (change.act === "move") connections.move(change.node, change.group);
  else connections.shiftGroup(change.group, change.distance);
}

/** The groups that a node can be moved to: those there are, none, and one of the name that was typed. */
export function groupChoices(
  { connections }: State,
  { node, ranked }: Extract<Overlay, { kind: "group" }>,
): Choice[] {
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
  const name = ranked.trim();
  const others = connections.groups
    .filter((group) => group.name !== current)
    .map((group) => choice(group.name, "", group.name));
  if (name === "") return current === null ? others : [...others, choice("none", "out of its group", null)];
  const found = rankedBy(name, others);
  const isKnown = connections.groups.some((group) => group.name === name);
  return isKnown ? found : [...found, choice(name, "a new group", name)];
}
