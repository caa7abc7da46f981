import { viewHere } from "../store/on-screen.ts";
import { openHelp, overlayIf, unfiltered } from "../store/screen.ts";
import { isTooSmall, shown } from "../store/selectors.ts";
import { type State, updateScreen } from "../store/store.ts";
import { viewNamed } from "../views/all.ts";
import { followsMark, isCounter } from "../views/columns.ts";
import { drawnColumns } from "../views/view.ts";
import type { Command, Context } from "./command.ts";

/** The refresh intervals that + and - step through, in milliseconds. */
const intervals = [250, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000] as const;

function stepInterval({ store }: Context, slower: boolean): void {
  updateScreen(store, (screen) => {
    const next = slower
      ? intervals.find((ms) => ms > screen.refreshMs)
      : intervals.findLast((ms) => ms < screen.refreshMs);
    return next === undefined ? screen : { ...screen, refreshMs: next };
  });
}

/** Ends the program; while operations run only at the second time, or where nothing can be asked. */
export function leave({ store, actions }: Context): void {
  const { screen } = store.getState();
  const isAsked = overlayIf(screen, "quit") !== null || isTooSmall(screen);
  if (screen.running.length === 0 || isAsked) actions.quit();
  else updateScreen(store, (before) => ({ ...before, overlay: { kind: "quit" } }));
}

/** Whether the view on screen has such columns of its own; what is concluded from others says rates. */
const draws = (wanted: typeof isCounter) => (state: State) => {
  const view = viewNamed(viewHere(state) ?? "");
  return view?.kind === "asked" && drawnColumns(view, []).some(([, column]) => wanted(column));
};

export const application: readonly Command[] = [
  {
    name: "palette",
    title: "Command, view or node; by its name",
    keys: [":", "ctrl-p"],
    section: "application",
    footer: { title: "command", rank: 7 },
    run: ({ store }) =>
      updateScreen(store, (screen) => ({ ...screen, overlay: { kind: "palette", ...unfiltered } })),
  },
  {
    name: "pause",
    title: "Hold the screen still; polling goes on",
    keys: ["space"],
    section: "application",
    footer: { title: "pause", rank: 8 },
    run: ({ store }) => {
      const state = store.getState();
      store.setState({ frozen: state.frozen ? null : state.observed });
    },
  },
  {
    name: "count-from-now",
    title: "Count from now on, instead of rates; again: rates",
    keys: ["m"],
    section: "view",
    when: draws(followsMark),
    footer: { title: "mark", rank: 6.5 },
    run: ({ store }) => {
      const { samples, nowMs, clockMs } = shown(store.getState());
      updateScreen(store, (screen) =>
        screen.baseline.kind === "mark"
          ? { ...screen, baseline: { kind: "previous" }, notice: "rates again" }
          : { ...screen, baseline: { kind: "mark", samples, nowMs, clockMs }, notice: "counted from now on" },
      );
    },
  },
  {
    name: "totals",
    title: "Totals instead of rates; again: rates",
    keys: ["t"],
    section: "view",
    when: draws(isCounter),
    run: ({ store }) =>
      updateScreen(store, (screen) => ({
        ...screen,
        baseline: { kind: screen.baseline.kind === "totals" ? "previous" : "totals" },
      })),
  },
  {
    name: "slower",
    title: "Refresh less often",
    keys: ["+", "="],
    section: "application",
    run: (context) => stepInterval(context, true),
  },
  {
    name: "faster",
    title: "Refresh more often",
    keys: ["-"],
    section: "application",
    run: (context) => stepInterval(context, false),
  },
  {
    name: "help",
    title: "What the keys do here",
    aliases: ["h"],
    keys: ["?"],
    section: "application",
    footer: { title: "help", rank: 9 },
    run: ({ store }) => updateScreen(store, (screen) => ({ ...screen, overlay: openHelp })),
  },
  {
    name: "redraw",
    title: "Draw the whole screen again",
    keys: ["ctrl-l"],
    section: "application",
    run: ({ actions }) => actions.redraw(),
  },
  {
    name: "suspend",
    title: "To the shell; fg comes back",
    keys: ["ctrl-z"],
    section: "application",
    run: ({ actions }) => void actions.suspend(),
  },
  {
    name: "quit",
    title: "Quit",
    aliases: ["q", "q!", "exit"],
    keys: ["q", "ctrl-c"],
    section: "application",
    footer: { title: "quit", rank: 10 },
    run: leave,
  },
];
