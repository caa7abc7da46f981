import type { Actions } from "../commands/command.ts";
import type { Settings } from "../config/settings.ts";
import { log, logDirectory, openLog } from "../log.ts";
import { standingDemand } from "../rules/all.ts";
import { askRight } from "../services/actions/ask-right.ts";
import { AuditFile } from "../services/actions/audit-file.ts";
import { runOperation } from "../services/actions/run-operation.ts";
import { signalSessions } from "../services/actions/signal-sessions.ts";
import { readAnswers, writeAnswers } from "../services/earlier-answers.ts";
import { ConnectionManager } from "../services/nodes/connection-manager.ts";
import { after } from "../services/schedule.ts";
import { Collector } from "../services/watch/collector.ts";
import { type Risk, refusalOf } from "../stats/action-level.ts";
import { type FleetEvent, withEvents } from "../stats/events.ts";
import { actionEvent } from "../store/actions/action-event.ts";
import type { OperationPlan, OperationResult } from "../store/actions/operation.ts";
import { operationEvent } from "../store/actions/operation-words.ts";
import { answersOf } from "../store/connection-lines.ts";
import { type Store, updateEvents, updateScreen } from "../store/store.ts";
import { copyText } from "./clipboard.ts";
import { connectionActions } from "./connections/connections.ts";
import { hostQuestions } from "./host-question.ts";
import { keepLooks } from "./kept-looks.ts";
import { type ConfigSource, LiveConfig } from "./live-config.ts";
import { RunningActions } from "./running-actions.ts";

export type WatchOptions = {
  /** Where the configuration is read again when its file was edited. */
  readonly source: ConfigSource;
  /** Nodes are asked only once this has come true for them: a server that is still being started. */
  readonly up?: (node: string) => Promise<void>;
};

/** What works behind the screen: it fills the store, and does what the screen cannot do by itself. */
export type BehindScreen = {
  readonly actions: Omit<Actions, "soon" | "wasShown" | "quit" | "redraw" | "suspend">;
  /** Closes every session. */
  readonly stop: () => Promise<void>;
};

/** After this time servers that hang keep the log waiting no longer. */
const slowLoginsMs = 1000;

/** How long polls that run when the user quits may still take; monitoring is never worth a wait. */
const drainMs = 0;

/**
 * Connects the nodes and keeps the store up to date, also with the config file. The driver and all around it take
 * 20 ms to load, so this file is loaded once the first frame is drawn.
 * @param redraw draws with the theme of these settings
 */
export function startBehindScreen(
  settings: Settings,
  { source, up }: WatchOptions,
  store: Store,
  redraw: (settings: Settings) => void,
): BehindScreen {
  const manager = new ConnectionManager();
  const collector = new Collector(manager, store, settings.clusters, standingDemand());
  for (const node of settings.nodes) manager.add(node, up?.(node.name));
  collector.start();
  const live = new LiveConfig(settings, source, { manager, collector, store, redraw });
  const state = logDirectory(process.env);
  const writeLooks = keepLooks(store, state);
  const remember = () => writeAnswers(state, answersOf(store.getState()));
  /** Calls off what is due in a second: a machine that goes down takes all its nodes with it at once. */
  let forget: (() => void) | null = null;
  const askOf = hostQuestions(store);
  manager.on((event) => {
    if (event.type !== "state") return log("info", event.type, event);
    const { node, from, health } = event;
    log(health.error ? "warn" : "info", "state", { node, from, to: health.state, error: health.error });
    askOf(health.error?.unknownHost);
    if (from === "connected")
      forget ??= after(1000, () => {
        forget = null;
        void remember();
      });
  });
  // Loading the log's packages takes as long as twenty logins: its lines wait until the first of these are over.
  const openOnce = once(() => void openLog(state, settings.logLevel));
  const firstNews = once(() => {
    void readAnswers(state).then((earlierAnswers) => store.setState({ earlierAnswers }));
    after(slowLoginsMs, openOnce);
  });
  const unsubscribe = store.subscribe(({ observed }, before) => {
    if (observed === before.observed) return;
    firstNews();
    if (Object.values(observed.nodes).some(({ health }) => health.state === "connecting")) return;
    unsubscribe();
    after(0, openOnce);
  });
  const audit = new AuditFile(state);
  const running = new RunningActions();
  const meansOf = (risk: Risk) => ({ manager, audit, refusal: refusalHere(risk, manager, store) });
  const quitting = new AbortController();
  const operate = async (plan: OperationPlan, stop: AbortSignal | undefined) => {
    const { discovery } = live;
    const end = stop ? AbortSignal.any([stop, quitting.signal]) : quitting.signal;
    if (plan.kind === "sql") return await runOperation(meansOf("server"), plan, end);
    // Only who has a source pays for what it takes to load.
    const { runRequest } = await import("../services/discovery/run-request.ts");
    const source = (cluster: string) => discovery.source(cluster);
    const result = await runRequest({ ...meansOf("server"), source }, plan);
    discovery.askNow(plan.cluster);
    return result;
  };
  const clipboard = {
    environment: process.env,
    directory: state,
    write: (sequence: string) => process.stdout.write(sequence),
  };
  return {
    actions: {
      refresh: () => collector.refreshNow(),
      connect: (node) => manager.connect(node),
      disconnect: (node) => manager.disconnect(node),
      enterPassword: (node, typed) => manager.enterPassword(node, typed),
      enterSecret: (wanted, typed) => manager.enterSecret(wanted, typed),
      trustHost: (host) =>
        void manager.trustHost(host).then((error) => {
          if (error) updateScreen(store, (screen) => ({ ...screen, notice: error.message }));
          collector.refreshNow();
        }),
      copy: (text, what) =>
        void copyText(text, what, clipboard).then((notice) =>
          updateScreen(store, (screen) => ({ ...screen, notice })),
        ),
      connections: connectionActions({ live, source, manager, store }),
      signal: (signal, targets, report) =>
        running.add(targets.length, (reported) =>
          signalSessions(meansOf("signal"), signal, targets, (result) => {
            reported();
            rememberAction(store, actionEvent(result, Date.now()));
            report(result);
          }),
        ),
      right: (plan) => askRight(manager, plan),
      explain: async (asked, allowed) => {
        const { explain } = await import("../services/actions/explain.ts");
        return explain(manager, asked, allowed);
      },
      operate: (plan, stop) =>
        running.add(1, async (reported) => {
          const result = await operate(plan, stop);
          reported();
          if (plan.kind === "sql" && plan.reads) return result;
          if (mayHaveChanged(result)) for (const node of touchedBy(plan)) collector.acted(node);
          rememberAction(store, operationEvent(result, Date.now()));
          return result;
        }),
    },
    async stop() {
      live.stop();
      collector.stop();
      forget?.();
      quitting.abort();
      await running.end(audit);
      await Promise.all([manager.stop(drainMs), remember(), writeLooks()]);
    },
  };
}

/** An action is something that happened to its node. */
function rememberAction(store: Store, event: FleetEvent): void {
  updateEvents(store, (events) => withEvents(events, [event]));
}

const touchedBy = (plan: OperationPlan) => (plan.kind === "sql" ? [plan.node] : plan.touched);

const mayHaveChanged = ({ outcome }: OperationResult) =>
  outcome.kind === "done" || outcome.kind === "sent" || (outcome.kind === "failed" && outcome.isUnsure);

/** What the config and the switch say now, whatever they said when a question was asked. */
function refusalHere(risk: Risk, manager: ConnectionManager, store: Store) {
  return (node: string) => {
    const level = manager.get(node)?.actions ?? "none";
    return refusalOf(risk, level, store.getState().readOnlyBy);
  };
}

/** Does what it is given the first time only. */
function once(run: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) run();
    isDone = true;
  };
}
