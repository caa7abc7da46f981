import type { Incident } from "./incident.ts";

/** Every incident, loaded only when it is staged, in the order in which several are staged: failover takes a server away. */
export const incidents = {
  "lock-chain": async (): Promise<Incident> => (await import("./lock-chain.ts")).lockChain,
  "idle-in-transaction": async (): Promise<Incident> =>
    (await import("./idle-in-transaction.ts")).idleInTransaction,
  lag: async (): Promise<Incident> => (await import("./lag.ts")).lag,
  slot: async (): Promise<Incident> => (await import("./slot.ts")).slot,
  runaway: async (): Promise<Incident> => (await import("./runaway.ts")).runaway,
  connections: async (): Promise<Incident> => (await import("./connections.ts")).connections,
  failover: async (): Promise<Incident> => (await import("./failover.ts")).failover,
} as const satisfies Record<string, () => Promise<Incident>>;

export type IncidentName = keyof typeof incidents;

/** Their names, as the command line takes them. */
export const incidentNames = Object.keys(incidents).filter((name): name is IncidentName => name in incidents);
