import type { ConnectionManager } from "../nodes/connection-manager.ts";
import type { AuditFile } from "./audit-file.ts";

/** What acts on servers for a user. */
export type ActionMeans = {
  readonly manager: ConnectionManager;
  readonly audit: AuditFile;
  /** Why nothing may be done to this node now; null when it may. Asked right before each action. */
  readonly refusal: (node: string) => string | null;
};
