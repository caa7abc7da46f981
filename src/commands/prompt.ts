import fuzzysort from "fuzzysort";
import { type Overlay, type ScreenState, withSpot } from "../store/screen.ts";
import { nodeOrder, shown } from "../store/selectors.ts";
import { type State, updateScreen } from "../store/store.ts";
import { views } from "../views/all.ts";
import { commands } from "./all.ts";
import { type Choice, type Context, runCommand } from "./command.ts";
import { typeInForm } from "./connection-form.ts";
import { answerDelete, groupChoices, typeOnTest } from "./connection-prompts.ts";
import { edited } from "./edit.ts";
import { answerHostKey } from "./host-key.ts";
import { goToNode } from "./navigation.ts";
import { typePassword } from "./password.ts";
import { showView } from "./switch-view.ts";

/** The choices of an open palette, node picker or group picker that match what was typed, best first. */
export function choices(state: State, overlay: Overlay): Choice[] {
  if (overlay.kind === "group") return groupChoices(state, overlay);
  if (overlay.kind !== "palette" && overlay.kind !== "picker") return [];
  const all =
    overlay.kind === "picker"
      ? nodeChoices(state)
      : [...viewChoices(), ...commandChoices(state), ...nodeChoices(state)];
  if (overlay.text.trim() === "") return all;
  return fuzzysort.go(overlay.text, all, { key: "label", limit: 200 }).map(({ obj }) => obj);
}

function nodeChoices(state: State): Choice[] {
  return nodeOrder(state).map((name) => ({
    label: name,
    note: shown(state).nodes[name]?.health.state ?? "",
    chord: null,
    run: ({ store }) => updateScreen(store, () => goToNode(store.getState(), name)),
  }));
}

function viewChoices(): Choice[] {
  return views.map(({ name, source }) => ({
    label: name,
    note: source,
    chord: commands.find((command) => command.name === name)?.keys[0] ?? null,
    run: ({ store }) => showView(store, name),
  }));
}

/** Commands that apply here. One that only opens a view is offered as that view. */
function commandChoices(state: State): Choice[] {
  return commands
    .filter(
      ({ name, when }) =>
        name !== "palette" &&
        !name.startsWith("node-") &&
        !views.some((view) => view.name === name) &&
        (when?.(state) ?? true),
    )
    .map((command) => ({
      label: command.name,
      note: command.title,
      chord: command.keys[0] ?? null,
      run: (context) => runCommand(command, context),
    }));
}

/** A chord or typed text while a prompt is open. */
export function typeInto(context: Context, overlay: Exclude<Overlay, { kind: "help" }>, chord: string): void {
  if (overlay.kind === "password") typePassword(context, overlay, chord);
  else if (overlay.kind === "host-key") answerHostKey(context, overlay, chord);
  else if (overlay.kind === "connection") typeInForm(context, overlay, chord);
  else if (overlay.kind === "connection-test") typeOnTest(context, overlay, chord);
  else if (overlay.kind === "connection-delete") answerDelete(context, overlay, chord);
  else if (overlay.kind === "filter") typeFilter(context, overlay, chord);
  else choose(context, overlay, chord);
}

function typeFilter({ store }: Context, overlay: Extract<Overlay, { kind: "filter" }>, chord: string): void {
  updateScreen(store, (screen) => {
    if (chord === "enter") return closed(screen);
    if (chord === "escape") return withSpot(closed(screen), { filter: overlay.before });
    const text = edited(overlay.text, chord);
    return withSpot({ ...screen, overlay: { ...overlay, text } }, { filter: text, top: 0 });
  });
}

type Choosing = Extract<Overlay, { readonly index: number }>;

function choose(context: Context, overlay: Choosing, chord: string): void {
  const { store } = context;
  const found = choices(store.getState(), overlay);
  const step = steps[chord];
  if (chord === "enter" || chord === "escape") {
    updateScreen(store, closed);
    if (chord === "enter") found[overlay.index]?.run(context);
    return;
  }
  const next =
    step === undefined
      ? { ...overlay, text: edited(overlay.text, chord), index: 0 }
      : { ...overlay, index: Math.max(0, Math.min(overlay.index + step, found.length - 1)) };
  updateScreen(store, (screen) => ({ ...screen, overlay: next }));
}

const steps: Readonly<Record<string, number>> = { up: -1, "shift-tab": -1, down: 1, tab: 1 };

const closed = (screen: ScreenState): ScreenState => ({ ...screen, overlay: null });
