import type { DemoDatabase } from "./demo-schema.ts";

/** One server of the demo fleet and how pgparade reaches it: through TCP, without a password. */
export type DemoNode = {
  readonly name: string;
  readonly cluster: string | null;
  readonly group: string | null;
  readonly host: "127.0.0.1";
  readonly port: number;
  readonly database: DemoDatabase;
  readonly user: "monitor";
  /** Settles when the node accepts connections, or could not be started. */
  readonly up: Promise<void>;
};
