import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NodeSettings } from "../../../src/config/settings.ts";
import { AuditFile } from "../../../src/services/actions/audit-file.ts";
import { signalSessions } from "../../../src/services/actions/signal-sessions.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import type { Signal, SignalOutcome, SignalTarget } from "../../../src/store/actions/signal.ts";
import { nodeSettings } from "../servers/node-settings.ts";

/** Roles for signals: `guard` may see and signal all but superusers, `blind` may signal and not see. */
export const signalRoles = [
  "create role guard login",
  "grant pg_monitor, pg_signal_backend to guard",
  "create role blind login",
  "grant pg_signal_backend to blind",
];

/** Nodes that signals are sent to, without a screen. Closed by `await using`. */
export type Acting = {
  readonly manager: ConnectionManager;
  /** The folder of the audit file. */
  readonly folder: string;
  readonly audit: AuditFile;
  send(signal: Signal, ...targets: readonly SignalTarget[]): Promise<SignalOutcome[]>;
  /** The lines of the audit file. */
  lines(): Promise<Record<string, unknown>[]>;
  [Symbol.asyncDispose](): Promise<void>;
};

export async function acting(
  nodes: readonly NodeSettings[],
  refusal: (node: string) => string | null = () => null,
): Promise<Acting> {
  const manager = new ConnectionManager();
  for (const node of nodes) manager.add(node);
  const home = await mkdtemp(join(tmpdir(), "pgparade-audit-"));
  const folder = join(home, "state");
  const audit = new AuditFile(folder);
  return {
    manager,
    folder,
    audit,
    send: async (signal, ...targets) => {
      const results = await signalSessions({ manager, audit, refusal }, signal, targets);
      return results.map(({ outcome }) => outcome);
    },
    lines: async () => {
      const text = await Bun.file(audit.path).text();
      return text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
    },
    async [Symbol.asyncDispose]() {
      await manager.stop(0);
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** A server as a node that is asked as this role. */
export function asRole(
  user: string,
  { name, port }: { readonly name: string; readonly port: number },
  change: Parameters<typeof nodeSettings>[1] = {},
): NodeSettings {
  return nodeSettings({ name, port }, { ...change, connection: { user, ...change.connection } });
}
