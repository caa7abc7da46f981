import fuzzysort from "fuzzysort";
import { type Overlay, type ScreenState, withSpot } from "../store/screen.ts";
import { nodeOrder, shown } from "../store/selectors.ts";
import { type State, updateScreen } from "../store/store.ts";
import { views } from "../views/all.ts";
import { commands } from "./all.ts";
import { type Context, runCommand } from "./command.ts";
import { edited } from "./edit.ts";
import { goToNode } from "./navigation.ts";
import { typePassword } from "./password.ts";
import { showView } from "./switch-view.ts";

/** Something that the palette or the node picker offers. */
export type Choice = {
  readonly label: string;
  readonly note: string;
  /** The key that does the same, or null. */
  readonly chord: string | null;
  readonly run: (context: Context) => void;
};

/** The choices of an open palette or picker that match what was typed, best first. */
export function choices(state: State, overlay: Overlay): Choice[] {
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
  const { store } = context;
  if (overlay.kind === "password") typePassword(context, overlay, chord);
  else if (chord === "escape") {
    updateScreen(store, (screen) =>
      overlay.kind === "filter" ? withSpot(closed(screen), { filter: overlay.before }) : closed(screen),
    );
  } else if (chord === "enter") {
    const choice = overlay.kind === "filter" ? undefined : choices(store.getState(), overlay)[overlay.index];
    updateScreen(store, closed);
    choice?.run(context);
  } else if (
    overlay.kind !== "filter" &&
    (chord === "up" || chord === "down" || chord === "tab" || chord === "shift-tab")
  ) {
    const last = choices(store.getState(), overlay).length - 1;
    const index = overlay.index + (chord === "up" || chord === "shift-tab" ? -1 : 1);
    updateScreen(store, (screen) => ({
      ...screen,
      overlay: { ...overlay, index: Math.max(0, Math.min(index, last)) },
    }));
  } else {
    const text = edited(overlay.text, chord);
    updateScreen(store, (screen) => {
      const next = {
        ...screen,
        overlay: overlay.kind === "filter" ? { ...overlay, text } : { ...overlay, text, index: 0 },
      };
      return overlay.kind === "filter" ? withSpot(next, { filter: text, top: 0 }) : next;
    });
  }
}

const closed = (screen: ScreenState): ScreenState => ({ ...screen, overlay: null });
