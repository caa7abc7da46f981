import { closed, type Overlay } from "../../store/screen.ts";
import { type State, updateScreen } from "../../store/store.ts";
import type { Choice, Context } from "../command.ts";
import { edited, type Typed } from "../edit.ts";
import { groupChoices, nodeChoices, operationsMatching, paletteChoices } from "./choices.ts";
import { definePrompt, longestSearch, type Prompt, type PromptOf, text } from "./prompt.ts";

type Choosing = Extract<Overlay, { readonly ranked: string }>;

/** The last ranking, which the keys and the drawing share, and what it was made of. */
let last: { readonly of: readonly unknown[]; readonly found: readonly Choice[] } = { of: [], found: [] };

/** The choices of an open palette, node picker or group picker that match the text they are ranked by, best first. */
export function choices(state: State, overlay: Choosing): readonly Choice[] {
  const { observed, frozen, connections, screen, readOnlyBy } = state;
  const { kind, ranked } = overlay;
  const of = [
    observed,
    frozen,
    connections,
    readOnlyBy,
    screen.stack,
    screen.running,
    kind,
    ranked,
    "node" in overlay && overlay.node,
  ];
  if (of.some((part, at) => part !== last.of[at])) last = { of, found: rank(state, overlay) };
  return last.found;
}

function rank(state: State, overlay: Choosing): readonly Choice[] {
  switch (overlay.kind) {
    case "group":
      return groupChoices(state, overlay);
    case "picker":
      return nodeChoices(state, overlay.ranked);
    case "operations":
      return operationsMatching(state, overlay.ranked);
    case "palette":
      return paletteChoices(state, overlay.ranked);
  }
}

function step({ store }: Context, overlay: Choosing, distance: number): void {
  const found = choices(store.getState(), overlay);
  const index = Math.max(0, Math.min(overlay.index + distance, found.length - 1));
  updateScreen(store, (screen) => ({ ...screen, overlay: { ...overlay, index } }));
}

/** The list stays where there is nothing to go to: what is typed next is meant for it, and not for the screen below. */
function choose(context: Context, overlay: Choosing): void {
  const found = choices(context.store.getState(), { ...overlay, ranked: overlay.text })[overlay.index];
  if (!found) return;
  if (!found.isOff) updateScreen(context.store, closed);
  found.run(context);
}

function type({ store, actions }: Context, overlay: Choosing, typed: Typed): void {
  const next = edited(overlay.text, typed);
  updateScreen(store, (screen) => ({ ...screen, overlay: { ...overlay, text: next, index: 0 } }));
  // Among thousands of names that takes as long as a frame, and the next key makes it useless.
  actions.soon(() =>
    updateScreen(store, (screen) => {
      const now = screen.overlay;
      return now && "ranked" in now ? { ...screen, overlay: { ...now, ranked: now.text } } : screen;
    }),
  );
}

/** A list that is chosen from: what is typed finds, the arrows choose. */
function chosenFrom<O extends Choosing>(kind: O["kind"]): PromptOf<O> {
  return {
    kind,
    focus: text,
    typed: (overlay) => overlay.text,
    longest: longestSearch,
    keys: [
      {
        keys: ["up", "down"],
        does: "choose",
        run: (context, overlay, chord) => step(context, overlay, chord === "up" ? -1 : 1),
      },
      {
        keys: ["shift-tab", "tab"],
        does: null,
        run: (context, overlay, chord) => step(context, overlay, chord === "tab" ? 1 : -1),
      },
      { keys: ["enter"], does: "go", run: choose },
      { keys: ["escape"], does: "close", run: ({ store }) => updateScreen(store, closed) },
    ],
    type,
  };
}

export const palette: Prompt<"palette"> = definePrompt<"palette">(chosenFrom("palette"));
export const picker: Prompt<"picker"> = definePrompt<"picker">(chosenFrom("picker"));
export const operations: Prompt<"operations"> = definePrompt<"operations">(chosenFrom("operations"));
export const group: Prompt<"group"> = definePrompt<"group">(chosenFrom("group"));
