import { type Overlay, type ScreenState, withSpot } from "../store/screen.ts";
import { nodeOrder, shown } from "../store/selectors.ts";
import { type State, updateScreen } from "../store/store.ts";
import { views } from "../views/all.ts";
import { commands } from "./all.ts";
import { type Choice, type Context, runCommand } from "./command.ts";
import { typeInForm } from "./connection-form.ts";
import { answerChange, groupChoices, typeOnTest } from "./connection-prompts.ts";
import { edited, type Typed } from "./edit.ts";
import { answerHostKey } from "./host-key.ts";
import { goToNode } from "./navigation.ts";
import { typePassword } from "./password.ts";
import { ranked } from "./ranked.ts";
import { showView } from "./switch-view.ts";

type Choosing = Extract<Overlay, { readonly ranked: string }>;

/** The last ranking, which the keys and the drawing share, and what it was made of. */
let last: { readonly of: readonly unknown[]; readonly found: readonly Choice[] } = { of: [], found: [] };

/** The choices of an open palette, node picker or group picker that match the text they are ranked by, best first. */
export function choices(state: State, overlay: Choosing): readonly Choice[] {
  const { observed, frozen, connections, screen } = state;
  const { kind, ranked } = overlay;
  const of = [observed, frozen, connections, screen.stack, kind, ranked, "node" in overlay && overlay.node];
  if (of.some((part, at) => part !== last.of[at])) last = { of, found: rank(state, overlay) };
  return last.found;
}

function rank(state: State, overlay: Choosing): readonly Choice[] {
  if (overlay.kind === "group") return groupChoices(state, overlay);
  const all =
    overlay.kind === "picker"
      ? nodeChoices(state)
      : [...viewChoices(), ...commandChoices(state), ...nodeChoices(state)];
  const wanted = overlay.ranked.trim();
  if (wanted === "") return all;
  return ranked(overlay.ranked, all).filter(({ label, leaves }) => !leaves || label.startsWith(wanted));
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

/** Enter after a typing mistake must not end the program: these match by their beginning only, not by letters in between. */
const leaving: ReadonlySet<string> = new Set(["quit", "suspend"]);

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
      leaves: leaving.has(command.name),
      run: (context) => runCommand(command, context),
    }));
}

/** A chord or text while a prompt is open. Text is only for prompts that take some. */
export function typeInto(context: Context, overlay: Exclude<Overlay, { kind: "help" }>, typed: Typed): void {
  if (overlay.kind === "password") typePassword(context, overlay, typed);
  else if (overlay.kind === "connection") typeInForm(context, overlay, typed);
  else if (overlay.kind === "filter") typeFilter(context, overlay, typed);
  else if ("index" in overlay) choose(context, overlay, typed);
  else if (typeof typed !== "string") return;
  else if (overlay.kind === "host-key") answerHostKey(context, overlay, typed);
  else if (overlay.kind === "connection-test") typeOnTest(context, overlay, typed);
  else answerChange(context, overlay, typed);
}

function typeFilter({ store }: Context, overlay: Extract<Overlay, { kind: "filter" }>, typed: Typed): void {
  updateScreen(store, (screen) => {
    if (typed === "enter") return closed(screen);
    if (typed === "escape") return withSpot(closed(screen), { filter: overlay.before });
    const text = edited(overlay.text, typed);
    return withSpot({ ...screen, overlay: { ...overlay, text } }, { filter: text, top: 0 });
  });
}

function choose(context: Context, overlay: Choosing, typed: Typed): void {
  const { store, actions } = context;
  if (typed === "enter" || typed === "escape") {
    const found = choices(store.getState(), { ...overlay, ranked: overlay.text });
    updateScreen(store, closed);
    if (typed === "enter") found[overlay.index]?.run(context);
    return;
  }
  const step = typeof typed === "string" ? steps[typed] : undefined;
  if (step !== undefined) {
    const found = choices(store.getState(), overlay);
    const index = Math.max(0, Math.min(overlay.index + step, found.length - 1));
    updateScreen(store, (screen) => ({ ...screen, overlay: { ...overlay, index } }));
    return;
  }
  const text = edited(overlay.text, typed);
  updateScreen(store, (screen) => ({ ...screen, overlay: { ...overlay, text, index: 0 } }));
  // Among thousands of names that takes as long as a frame, and the next key makes it useless.
  actions.soon(() =>
    updateScreen(store, (screen) => {
      const now = screen.overlay;
      return now && "ranked" in now ? { ...screen, overlay: { ...now, ranked: now.text } } : screen;
    }),
  );
}

const steps: Readonly<Record<string, number>> = { up: -1, "shift-tab": -1, down: 1, tab: 1 };

const closed = (screen: ScreenState): ScreenState => ({ ...screen, overlay: null });
