import { type NodeError, nodeError } from "../../postgres/node-error.ts";
import { FieldsBody, type MessageBody, RowBody } from "./message-body.ts";

/**
 * The messages that a server may send to a session that asks and never copies (PostgreSQL documentation,
 * "Message Formats"), by their first byte.
 */
const known: ReadonlySet<string> = new Set("RKSZTDCEN123IAnstv");
/** What a login may be answered with, as libpq has it. */
const first: ReadonlySet<string> = new Set("RENv");
/** What comes without being asked for, as often as the server likes. */
const unasked: ReadonlySet<string> = new Set("NSA");

const headerLength = 5;
/** A longer one than this does not fit into PostgreSQL's own memory (MaxAllocSize). */
const longestOfAll = 2 ** 30;
const anError = [64 * 2 ** 10, "an error or notice of more than 64 kB"] as const;
/**
 * How long a message may be, and what is told of one that is longer, where a server may well send one. Like libpq:
 * whatever is no row, no text and no list of columns is short.
 */
const longest: Readonly<Record<string, readonly [bytes: number, what: string | null]>> = {
  R: [2000, null],
  T: [2 ** 20, null],
  D: [4 * 2 ** 20, "a row of more than 4 MiB"],
  E: anError,
  N: anError,
};
const longestOther = [30_000, null] as const;
/** Between two moments at which the server is ready: a whole answer with all of its rows. */
const longestAnswer = 8 * 2 ** 20;
const mostRows = 50_000;
const mostValues = 250_000;
const mostUnasked = 10_000;

/**
 * Follows the bytes of one session from message to message, so that nonsense is told at once: the driver waits
 * for the end of a message however long it claims to be, and keeps rows without a limit.
 */
export class MessageGuard {
  readonly #header = Buffer.alloc(headerLength);
  #headerBytes = 0;
  #bodyBytes = 0;
  #body: MessageBody | null = null;
  #answer = { bytes: 0, rows: 0, values: 0, unasked: 0 };
  #begun = false;

  /** Why these bytes, which follow those before, do not come from a server that answers us; else null. */
  refusal(bytes: Buffer): NodeError | null {
    for (let at = 0; at < bytes.length; ) {
      if (this.#bodyBytes > 0) {
        const end = Math.min(at + this.#bodyBytes, bytes.length);
        if (this.#body && !this.#body.accepts(bytes, at, end)) return notTheProtocol;
        this.#bodyBytes -= end - at;
        at = end;
      } else {
        this.#header[this.#headerBytes] = bytes[at] ?? 0;
        this.#headerBytes += 1;
        at += 1;
        const refusal = this.#headerBytes === 1 ? this.#takeType() : this.#takeLength();
        if (refusal !== null) return refusal;
      }
      if (this.#headerBytes === 0 && this.#bodyBytes === 0 && this.#body) {
        if (!this.#body.complete) return notTheProtocol;
        this.#answer.values += this.#body.values;
        this.#body = null;
        if (this.#answer.values > mostValues) return tooMuch(`an answer of more than ${mostValues} values`);
      }
    }
    return null;
  }

  get #type(): string {
    return String.fromCharCode(this.#header[0] ?? 0);
  }

  #takeType(): NodeError | null {
    const expected = this.#begun ? known : first;
    this.#begun = true;
    return expected.has(this.#type) ? null : notTheProtocol;
  }

  /** The length counts itself, but not the type. */
  #takeLength(): NodeError | null {
    if (this.#headerBytes < headerLength) return null;
    const type = this.#type;
    const length = this.#header.readUInt32BE(1);
    const [most, what] = longest[type] ?? longestOther;
    if (length > most && what && length < longestOfAll) return tooMuch(what);
    if (length < 4 || length > most) return notTheProtocol;
    this.#headerBytes = 0;
    this.#bodyBytes = length - 4;
    this.#body = type === "D" ? new RowBody() : type === "E" || type === "N" ? new FieldsBody() : null;
    return this.#count(type, length);
  }

  #count(type: string, length: number): NodeError | null {
    const answer = this.#answer;
    if (type === "Z") this.#answer = { bytes: 0, rows: 0, values: 0, unasked: 0 };
    answer.bytes += length;
    answer.rows += Number(type === "D");
    answer.unasked += Number(unasked.has(type));
    if (answer.bytes > longestAnswer) return tooMuch(`an answer of more than ${longestAnswer / 2 ** 20} MiB`);
    if (answer.rows > mostRows) return tooMuch(`an answer of more than ${mostRows} rows`);
    return answer.unasked > mostUnasked ? tooMuch(`more than ${mostUnasked} notices with an answer`) : null;
  }
}

/** What is told of bytes that no PostgreSQL server sends. */
export const notTheProtocol = nodeError(
  "protocol",
  "the answer is not a message of PostgreSQL's protocol",
  "What answers there is no PostgreSQL server, or means harm.",
);

/** What is told of an answer that is a message, and not one to what was asked. */
export const senseless = (why = "an answer that makes no sense") =>
  nodeError("protocol", why, notTheProtocol.hint);

function tooMuch(what: string): NodeError {
  const error = nodeError("protocol", what, "Ask for less, or see what it is that answers there.");
  return { ...error, isTooMuch: true };
}
