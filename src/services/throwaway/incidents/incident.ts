import type { ThrowawayServer } from "../throwaway-server.ts";
import type { StagedSession } from "./staged-session.ts";

/** What an incident is staged with: the fleet's servers and sessions of its own on them. */
export type Stage = {
  /** The server of a node. Throws when the fleet has no such node. */
  server(node: string): ThrowawayServer;
  /** Connects a client, through TCP as every client of the demo. Rejects when the server refuses it. */
  session(node: string, client: StagedClient): Promise<StagedSession>;
  /** Resolves when a statement that selects one boolean says true, asked as superuser. Rejects when the demo ends. */
  until(node: string, condition: string, database?: string): Promise<void>;
  /** Starts the demo's usual clients of one node on another one. */
  moveClients(from: string, to: string): void;
  /** Aborted when the demo ends. */
  readonly closing: AbortSignal;
};

export type StagedClient = {
  readonly user: "app" | "web" | "billing_job" | "reporting" | "deploy";
  /** The application_name. */
  readonly application: string;
  /** The database of the node's cluster when left out. */
  readonly database?: string;
};

/**
 * Something that goes wrong on the demo fleet, made of real sessions on its real servers. It lasts until the demo
 * ends or the user ends it: a session that was terminated does not come back.
 */
export type Incident = {
  /** Lines of postgresql.conf that nodes must start with for it, by the node's name. */
  readonly settings?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Resolves when it stands. */
  stage(stage: Stage): Promise<void>;
};
