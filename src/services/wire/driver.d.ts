import type { Duplex } from "node:stream";

/** What the driver has and its published types leave out. */
declare module "pg" {
  interface Connection {
    _connecting: boolean;
    _ending: boolean;
    connect(): void;
    startup(parameters: Readonly<Record<string, string>>): void;
    attachListeners(stream: Duplex): void;
  }
  interface ConnectionConfig {
    keepAliveInitialDelayMillis?: number;
  }
  interface ClientConfig {
    connection?: Connection;
    scramMaxIterations?: number;
  }
  interface ClientBase {
    readonly processID: number | null;
    readonly secretKey: number | null;
    readonly host: string;
    /** True from the server's word that it is ready until the next question. */
    readonly readyForQuery?: boolean;
    enableChannelBinding: boolean;
    _handleAuthCleartextPassword(message: unknown): void;
    _handleAuthMD5Password(message: unknown): void;
    _handleAuthSASL(message: { readonly mechanisms: readonly string[] }): void;
    _handleAuthSASLContinue(message: unknown): Promise<void>;
    _handleAuthSASLFinal(message: unknown): void;
    _handleReadyForQuery(message: unknown): void;
  }
}
