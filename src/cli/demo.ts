import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { noScreenBecause } from "../app/terminal.ts";
import type { UnsavedFile } from "../config/file/document.ts";
import { printConfig } from "../config/file/print.ts";
import { loadSettings } from "../config/load.ts";
import type { Flags } from "../config/settings.ts";
import { log } from "../log.ts";
import { ConfigFiles } from "../services/config-files.ts";
import { sleep } from "../services/schedule.ts";
import { type DemoFleet, startDemoFleet } from "../services/throwaway/demo-cluster.ts";
import { demoThresholds } from "../services/throwaway/demo-thresholds.ts";
import type { IncidentName } from "../services/throwaway/incidents/all.ts";
import type { Script } from "../services/throwaway/incidents/stage.ts";
import { parseDuration } from "../text/units.ts";
import { complain, print } from "./output.ts";

type DemoFlags = {
  readonly nodes: string;
  readonly ui: boolean;
  readonly incident: readonly IncidentName[];
  readonly incidentAfter: string;
} & Omit<Flags, "config" | "cluster" | "group">;

const mostLonelyNodes = 50;

/** Starts the throw-away fleet and the screen on it; nothing of it is left when this ends. */
export async function demo({ nodes, ui, incident, incidentAfter, ...flags }: DemoFlags): Promise<number> {
  const lonelyNodes = Number(nodes);
  if (!Number.isInteger(lonelyNodes) || lonelyNodes < 0 || lonelyNodes > mostLonelyNodes) {
    complain(`pgparade demo: --nodes wants a number from 0 to ${mostLonelyNodes}`);
    return 3;
  }
  const stageAfterMs = parseDuration(incidentAfter);
  if (stageAfterMs === null) {
    complain("pgparade demo: --incident-after wants a time such as 10s");
    return 3;
  }
  const obstacle = ui ? noScreenBecause(process.env) : null;
  if (obstacle !== null) {
    complain(`pgparade demo: ${obstacle}; --no-ui starts the fleet without it`);
    return 3;
  }
  const script = incident.length > 0 ? await loadScript(incident) : null;
  const fleet = await startFleet(lonelyNodes, script);
  if (fleet === null) return 1;
  const config = join(fleet.directory, "config.yaml");
  // Nothing here can be harmed that is not thrown away.
  const text = printConfig(fleet.nodes, demoThresholds, { actions: "all" });
  writeFileSync(config, text, { mode: 0o600 });
  fleet.ready.then(
    () => {
      fleet.startWorkload();
      if (script) void stageLater(script, fleet, stageAfterMs, ui);
    },
    () => {},
  );
  if (!ui) return serve(fleet, config);
  const files = new ConfigFiles();
  const load = (unsaved?: UnsavedFile) =>
    loadSettings({ ...flags, config }, [], process.env, unsaved, files.read);
  const loadTarget = (target: string) =>
    loadSettings({ ...flags, config }, [target], process.env, null, files.read);
  const loaded = await files.afresh(() => load());
  if (!loaded.ok) {
    complain(loaded.error.message);
    await fleet.stop();
    return 2;
  }
  const { runTui } = await import("../app/tui.tsx");
  return runTui(loaded.settings, {
    source: { files, found: { servers: new Map() }, load, loadTarget, titleOf: () => "demo" },
    up: (name) => fleet.nodes.find((node) => node.name === name)?.up ?? Promise.resolve(),
    cleanUp: () => fleet.stop(),
  });
}

async function loadScript(names: readonly IncidentName[]): Promise<Script> {
  const { loadIncidents } = await import("../services/throwaway/incidents/stage.ts");
  return loadIncidents(names);
}

/** While the screen is up only the log can be told what became of it. */
async function stageLater(script: Script, fleet: DemoFleet, ms: number, ui: boolean): Promise<void> {
  await sleep(ms, fleet.closing);
  await script.stage(fleet, (name, problem) => {
    if (ui) log(problem === null ? "info" : "error", "incident staged", { name, problem });
    else
      complain(
        problem === null ? `Staged: ${name}` : `pgparade demo: ${name} could not be staged: ${problem}`,
      );
  });
}

async function startFleet(lonelyNodes: number, script: Script | null): Promise<DemoFleet | null> {
  try {
    return await startDemoFleet({ lonelyNodes, settings: script?.settings ?? {} });
  } catch (error) {
    complain(`pgparade demo: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

/** Holds the fleet until Ctrl-C and tells how to reach it: the config file alone on standard output. */
async function serve(fleet: DemoFleet, config: string): Promise<number> {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());
  const failed = await Promise.race([
    fleet.ready.then(
      () => null,
      (error: unknown) => String(error),
    ),
    aborted(stop.signal),
  ]);
  if (failed !== null) complain(`pgparade demo: ${failed}`);
  else if (!stop.signal.aborted) {
    await print(`${config}\n`);
    complain(`Reach the fleet with \`pgparade --config ${config}\`. Ctrl-C stops it and removes everything.`);
    await aborted(stop.signal);
  }
  await fleet.stop();
  return failed === null ? 0 : 1;
}

async function aborted(signal: AbortSignal): Promise<null> {
  while (!signal.aborted) await sleep(3_600_000, signal);
  return null;
}
