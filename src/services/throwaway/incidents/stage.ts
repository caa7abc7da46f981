import { sleep } from "../../schedule.ts";
import type { DemoFleet } from "../demo-cluster.ts";
import { startDemoClients } from "../demo-workload.ts";
import { type IncidentName, incidentNames, incidents } from "./all.ts";
import type { Incident, Stage } from "./incident.ts";
import { openStagedSession } from "./staged-session.ts";

const lookAgainMs = 100;

/** The incidents that were asked for. */
export type Script = {
  /** Lines of postgresql.conf that nodes must start with, by the node's name. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /**
   * Stages them on a fleet that is up, one after the other, and tells of each whether it stands: `problem` is null or
   * says why not. Resolves after the last one, or soon after the fleet is being stopped. Never rejects.
   */
  stage(fleet: DemoFleet, told: (name: IncidentName, problem: string | null) => void): Promise<void>;
};

/** Loads the named incidents. The order of the names does not matter. */
export async function loadIncidents(names: readonly IncidentName[]): Promise<Script> {
  const chosen = incidentNames.filter((name) => names.includes(name));
  const loaded = await Promise.all(
    chosen.map(async (name): Promise<readonly [IncidentName, Incident]> => [name, await incidents[name]()]),
  );
  return {
    settings: settingsOf(loaded.map(([, incident]) => incident)),
    async stage(fleet, told) {
      const stage = stageOn(fleet);
      for (const [name, incident] of loaded) {
        if (fleet.closing.aborted) return;
        const problem = await incident.stage(stage).then(() => null, String);
        if (!fleet.closing.aborted) told(name, problem);
      }
    },
  };
}

function settingsOf(loaded: readonly Incident[]): Script["settings"] {
  const settings: Record<string, Readonly<Record<string, string>>> = {};
  for (const incident of loaded)
    for (const [node, own] of Object.entries(incident.settings ?? {}))
      settings[node] = { ...settings[node], ...own };
  return settings;
}

function stageOn(fleet: DemoFleet): Stage {
  const { closing } = fleet;
  const nodeOf = (name: string) => {
    const node = fleet.nodes.find((one) => one.name === name);
    const server = fleet.servers.get(name);
    if (!node || !server) throw new Error(`the demo has no server ${name}`);
    return { ...node, server };
  };
  return {
    closing,
    server: (name) => nodeOf(name).server,
    session: async (name, { user, application, database }) => {
      const { host, port, ...node } = nodeOf(name);
      const target = { host, port, user, application_name: application, database: database ?? node.database };
      return openStagedSession(target, closing);
    },
    until: async (name, condition, database) => {
      const { server } = nodeOf(name);
      for (;;) {
        const [row] = await server.query<Record<string, boolean | null>>(condition, database);
        if (row && Object.values(row)[0] === true) return;
        await sleep(lookAgainMs, closing);
        closing.throwIfAborted();
      }
    },
    moveClients: (from, to) => startDemoClients(nodeOf(to), closing, from),
  };
}
