import type { Duplex } from "node:stream";

/** What the driver has and its published types leave out. */
declare module "pg" {
  interface Connection {
    attachListeners(stream: Duplex): void;
  }
  interface ConnectionConfig {
    keepAliveInitialDelayMillis?: number;
    sslNegotiation?: "postgres" | "direct";
  }
  interface ClientConfig {
    connection?: Connection;
  }
  interface ClientBase {
    readonly processID: number | null;
    readonly secretKey: number | null;
    readonly host: string;
    _handleAuthCleartextPassword(message: unknown): void;
  }
}
