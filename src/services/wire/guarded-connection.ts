import type { Duplex } from "node:stream";
import pg from "pg";
import { Parser } from "pg-protocol/dist/parser.js";
import { decodeBytes } from "../../postgres/encoding.ts";
import { NodeFailure } from "../../postgres/node-error.ts";
import { unreadable } from "./authentication.ts";
import { MessageGuard } from "./message-guard.ts";

/**
 * The driver's connection, with two faults of its reading mended.
 * Its parser throws out of the socket's callback on bytes that are no protocol message, which would end the program,
 * and waits for ever for the end of an invalid one. Here both end the one connection instead.
 * It asks for UTF-8, which a server refuses to make of bytes that are not in the database's encoding (22021, 22P05),
 * whosever they are. Here all bytes come as they are, and are decoded one value at a time.
 */
export class GuardedConnection extends pg.Connection {
  /** In which values are tried: names in shared catalogs have no encoding; most are UTF-8, others as this database. */
  #encodings: readonly string[] = ["UTF8"];

  override startup(parameters: Readonly<Record<string, string>>): void {
    // With SQL_ASCII the server converts nothing (PostgreSQL documentation, "Automatic Character Set Conversion").
    const pairs = Object.entries({ ...parameters, client_encoding: "SQL_ASCII" });
    const body = Buffer.from(`${pairs.map(([name, value]) => `${name}\0${value}\0`).join("")}\0`);
    const head = Buffer.alloc(8);
    head.writeInt32BE(head.length + body.length);
    head.writeInt16BE(3, 4);
    this.stream.write(Buffer.concat([head, body]));
  }

  override attachListeners(stream: Duplex): void {
    const guard = new MessageGuard();
    const parser = byteParser();
    stream.on("data", (bytes: Buffer) => {
      if (stream.destroyed) return;
      const refusal = guard.refusal(bytes);
      if (refusal !== null) return void stream.destroy(new NodeFailure(refusal));
      try {
        parser.parse(bytes, (message) => this.#hand(message));
      } catch (cause) {
        stream.destroy(new NodeFailure(unreadable(cause)));
      }
    });
  }

  #hand(message: { name: string }): void {
    this.#decode(message);
    this.emit(message.name === "error" ? "errorMessage" : message.name, message);
  }

  /** In place: a row has hundreds of values. */
  #decode(message: object): void {
    if (
      "parameterName" in message &&
      message.parameterName === "server_encoding" &&
      "parameterValue" in message
    )
      this.#encodings = ["UTF8", String(message.parameterValue)];
    const values = "fields" in message && Array.isArray(message.fields) ? message.fields : [];
    for (const [at, value] of values.entries()) if (typeof value === "string") values[at] = this.#text(value);
    if (!(message instanceof Error)) return;
    for (const name of ["message", "detail", "hint"] as const) {
      const value: unknown = Reflect.get(message, name);
      if (typeof value === "string") Reflect.set(message, name, this.#text(value));
    }
  }

  #text(bytes: string): string {
    return decodeBytes(bytes, this.#encodings);
  }
}

/** The driver's parser, with each byte as the character of its number in place of text. */
function byteParser(): Parser {
  const parser = new Parser();
  Object.assign(Reflect.get(parser, "reader"), { encoding: "latin1" });
  return parser;
}
