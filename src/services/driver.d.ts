import type { Duplex } from "node:stream";
import type { SocketAddress } from "../postgres/socket-address.ts";

/** What the driver has and its published types leave out. */
declare module "pg" {
  interface Connection {
    attachListeners(stream: Duplex): void;
    connect(port: number | string | SocketAddress, host?: string): void;
  }
  interface ConnectionConfig {
    keepAliveInitialDelayMillis?: number;
    sslNegotiation?: "postgres" | "direct";
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
