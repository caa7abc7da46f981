import { render } from "ink";
import type { Actions } from "../commands/command.ts";
import { App } from "../components/App.tsx";
import { makeTheme } from "../components/theme.ts";
import type { Settings } from "../config/settings.ts";
import { log, logDirectory, openLog } from "../log.ts";
import { Collector } from "../services/collector.ts";
import { ConnectionManager } from "../services/connection-manager.ts";
import { openStore, updateScreen } from "../store/store.ts";
import { connectionActions } from "./connections.ts";
import { hostQuestions } from "./host-question.ts";
import { type ConfigSource, LiveConfig } from "./live-config.ts";
import { stopUntilForeground, takeOverTerminal } from "./terminal.ts";

export type TuiOptions = {
  /** Where the configuration is read again when its file was edited. */
  readonly source: ConfigSource;
  /** Nodes are asked only once this has come true for them: a server that is still being started. */
  readonly up?: (node: string) => Promise<void>;
  /** Runs after the screen is gone and before the program ends. */
  readonly cleanUp?: () => Promise<void>;
};

/** How long polls that run when the user quits may still take; monitoring is never worth a wait. */
const drainMs = 0;

/** Config in, screen out: the one place where settings, services, store and components meet. Resolves at the end. */
export async function runTui(settings: Settings, options: TuiOptions): Promise<number> {
  const { stdout } = process;
  const store = openStore({
    columns: stdout.columns ?? 80,
    rows: stdout.rows ?? 24,
    refreshMs: settings.refreshMs,
    title: options.source.titleOf(settings),
  });
  const manager = new ConnectionManager();
  const collector = new Collector(manager, store, settings.clusters);
  for (const node of settings.nodes) manager.add(node, options.up?.(node.name));
  // The first frame shows every node; the first question goes out right after it.
  collector.start();
  let redraw = (_: Settings) => {};
  const live = new LiveConfig(settings, options.source, {
    manager,
    collector,
    store,
    redraw: (changed) => redraw(changed),
  });
  const actions: Actions = {
    refresh: () => collector.refreshNow(),
    connect: (node) => manager.connect(node),
    disconnect: (node) => manager.disconnect(node),
    enterPassword: (node, typed) => manager.enterPassword(node, typed),
    enterSshSecret: (wanted, typed) => manager.enterSshSecret(wanted, typed),
    trustHost: (host) =>
      void manager.trustHost(host).then((error) => {
        if (error) updateScreen(store, (screen) => ({ ...screen, notice: error.message }));
        collector.refreshNow();
      }),
    connections: connectionActions({ live, source: options.source, manager, store }),
    quit: () => terminal.leave(0),
    suspend: stopUntilForeground,
  };
  const screen = (shown: Settings) => (
    <App context={{ store, actions }} theme={makeTheme(shown.theme, shown)} />
  );
  const terminal = takeOverTerminal(() => {
    const instance = render(screen(settings), {
      alternateScreen: true,
      incrementalRendering: true,
      exitOnCtrlC: false,
      patchConsole: false,
      maxFps: 60,
    });
    redraw = (changed) => instance.rerender(screen(changed));
    return instance;
  });
  stdout.on("resize", () =>
    updateScreen(store, (screen) => ({ ...screen, columns: stdout.columns, rows: stdout.rows })),
  );
  for (const warning of settings.warnings) updateScreen(store, (screen) => ({ ...screen, notice: warning }));
  const askOf = hostQuestions(store);
  manager.on((event) => {
    if (event.type !== "state") return log("info", event.type, event);
    const { node, from, health } = event;
    log(health.error ? "warn" : "info", "state", { node, from, to: health.state, error: health.error });
    askOf(health.error?.unknownHost);
  });
  void openLog(logDirectory(process.env), settings.logLevel);
  const code = await terminal.left;
  live.stop();
  collector.stop();
  await manager.stop(drainMs);
  await options.cleanUp?.();
  return code;
}
