import { render } from "ink";
import type { Actions } from "../commands/command.ts";
import { App } from "../components/App.tsx";
import { makeTheme } from "../components/drawing/theme.ts";
import type { Settings } from "../config/settings.ts";
import { setCustomRules } from "../rules/all.ts";
import { after } from "../services/schedule.ts";
import { initialState } from "../services/watch/observation.ts";
import { answerPaused } from "../store/paused.ts";
import { openStore, updateScreen } from "../store/store.ts";
import { setCustomViews } from "../views/all.ts";
import type { WatchOptions } from "./behind-screen.ts";
import { terminalInput } from "./input/terminal-input.ts";
import { handleJobControl, type LendTerminal } from "./job-control.ts";
import { anchoredOutput, eraseScreen, sizeOf, takeOverTerminal } from "./terminal.ts";

export type TuiOptions = WatchOptions & {
  /** Runs after the screen is gone and before the program ends. */
  readonly cleanUp?: () => Promise<void>;
};

/** Config in, screen out: the one place where settings, services, store and components meet. Resolves at the end. */
export async function runTui(settings: Settings, options: TuiOptions): Promise<number> {
  const { stdout } = process;
  setCustomViews(settings.views);
  setCustomRules(settings.rules);
  const store = openStore({
    ...sizeOf(stdout),
    refreshMs: settings.refreshMs,
    title: options.source.titleOf(settings),
    readOnlyBy: settings.readOnlyBy,
  });
  answerPaused(store);
  store.setState({ observed: initialState(settings.nodes, settings.clusters, performance.now()) });
  for (const warning of settings.warnings) updateScreen(store, (screen) => ({ ...screen, notice: warning }));
  let actions: Actions;
  const context = {
    store,
    get actions() {
      return actions;
    },
  };
  let lend: LendTerminal = (run) => run();
  const receive = (lendTerminal: LendTerminal) => {
    lend = lendTerminal;
  };
  let written = async () => {};
  let shownQuestion: object | null = null;
  const tellQuestion = (question: object) =>
    void written().then(() => {
      shownQuestion = question;
    });
  const screen = (shown: Settings) => (
    <App
      context={context}
      theme={makeTheme(shown.theme, shown)}
      offerTerminal={receive}
      tellQuestion={tellQuestion}
    />
  );
  let draw = (_: Settings) => {};
  let redraw = () => {};
  const terminal = takeOverTerminal(() => {
    const instance = render(screen(settings), {
      stdout: anchoredOutput(stdout),
      stdin: terminalInput(process.stdin, process.env),
      alternateScreen: true,
      // Ink draws nothing where a variable says CI; that there is a terminal was seen.
      interactive: true,
      incrementalRendering: true,
      exitOnCtrlC: false,
      patchConsole: false,
      maxFps: 60,
    });
    written = () => instance.waitUntilRenderFlush();
    let shown = settings;
    draw = (changed) => {
      shown = changed;
      instance.rerender(screen(changed));
    };
    redraw = () => {
      instance.clear();
      // Ink erases from the cursor, which whatever wrote over the screen may have moved.
      stdout.write(eraseScreen);
      draw(shown);
    };
    return instance;
  });
  stdout.on("resize", () => updateScreen(store, (screen) => ({ ...screen, ...sizeOf(stdout) })));
  // In the same turn as the first frame, so that no key and no signal comes before what it is for.
  const { startBehindScreen }: typeof import("./behind-screen.ts") = require("./behind-screen.ts");
  const behind = startBehindScreen(settings, options, store, (changed) => draw(changed));
  const drawSoon = lastOfTurn();
  actions = {
    ...behind.actions,
    soon: lastOfTurn(),
    redraw: () => drawSoon(redraw),
    wasShown: (question) => question === shownQuestion,
    quit: () => terminal.leave(0),
    suspend: handleJobControl((run) => lend(run)),
  };
  const code = await terminal.left;
  await behind.stop();
  await options.cleanUp?.();
  return code;
}

/** Runs what it was given last, once the keys that are here were obeyed. */
function lastOfTurn(): (run: () => void) => void {
  let callOff = () => {};
  return (run) => {
    callOff();
    callOff = after(0, run);
  };
}
