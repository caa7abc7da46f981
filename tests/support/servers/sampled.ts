import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { sampleView } from "../../../src/services/watch/sampling.ts";
import type { Sample } from "../../../src/views/sample.ts";
import { type AskedView, notesOn, type Row } from "../../../src/views/view.ts";
import { nodeSettings } from "./node-settings.ts";

/** What a role gets of a view of one server, asked once, and what it is told to be unknown. */
export async function sampledAs(
  server: ThrowawayServer,
  user: string,
  view: AskedView,
): Promise<{ readonly sample: Sample; readonly rows: readonly Row[]; readonly notes: readonly string[] }> {
  const manager = new ConnectionManager();
  manager.add(nodeSettings(server, { connection: { user } }));
  try {
    const viewOptions = { idle: true, wholeText: true };
    const sample = await sampleView(manager, server.name, view, { viewOptions });
    const facts = manager.facts(server.name);
    const rows = sample.state === "ok" ? sample.rows : [];
    return { sample, rows, notes: facts ? notesOn(view, rows, facts) : [] };
  } finally {
    await manager.stop(0);
  }
}
