import { maskInOurWords } from "../text/known-secrets.ts";
import { safeJson, safeText } from "../text/text.ts";

/** As sysexits has no place among the monitoring plugins' codes: unknown, whatever was found. */
const unwritten = 3;

/** What went wrong with the first text that could not be written. */
let failure: NodeJS.ErrnoException | null = null;
/** Settles when everything that was printed is out or has failed. */
let printed: Promise<void> = Promise.resolve();

/** Writes to standard output and waits until it is out, or cannot be written: {@link exitCodeAfter} judges that. */
export function print(text: string): Promise<void> {
  // The callback has the error; without a listener it would end the program as well.
  if (process.stdout.listenerCount("error") === 0) process.stdout.on("error", () => {});
  const written = new Promise<void>((resolve) => {
    process.stdout.write(text, (error) => {
      failure ??= error ?? null;
      resolve();
    });
  });
  printed = Promise.all([printed, written]).then(() => {});
  return written;
}

/**
 * The exit code of a command that ends with `code`, once all that it printed is out. A reader that has gone
 * (`| head -1`) changes nothing, as with any other filter; when the output is lost (a full disk) it is told and is 3.
 */
export async function exitCodeAfter(code: number): Promise<number> {
  await printed;
  if (failure === null || failure.code === "EPIPE" || failure.code === "ECONNRESET") return code;
  complain(`pgparade: the output could not be written: ${failure.message}`);
  return unwritten;
}

/** Lines on standard error, without a secret that we know and without what a terminal would obey. */
export function complain(text: string): void {
  const lines = maskInOurWords(text).split("\n");
  console.error(lines.map((line) => safeText(line)).join("\n"));
}

/** A path as a line: exact for a program that reads it, and safe on a terminal. */
export function printPath(path: string, more = ""): Promise<void> {
  return print(`${process.stdout.isTTY ? safeText(path) : path}${more}\n`);
}

const isExact = (value: unknown) =>
  typeof value === "number" ? Number.isFinite(value) : typeof value !== "bigint";

const inJson = (value: unknown) => (Number.isSafeInteger(Number(value)) ? Number(value) : String(value));

/**
 * JSON of values that JSON has no form for: bigints are numbers where that is exact, else text, as `Infinity` is. What a
 * terminal would obey or hide is escaped, which leaves the values as they are.
 */
export function toJson(value: unknown): string {
  const json = JSON.stringify(value, (_, one: unknown) => (isExact(one) ? one : inJson(one)), 2);
  return safeJson(json);
}

/**
 * Lines of CSV by RFC 4180, quoted where they need it, CRLF at the end of each. The values are exact, except for the
 * eyes of a person: a terminal gets what is safe to show.
 */
export function toCsv(rows: readonly (readonly unknown[])[], isForTerminal: boolean): string {
  const field = (value: unknown) => {
    const exact = value == null ? "" : Array.isArray(value) ? value.map(word).join(" ") : String(value);
    const text = isForTerminal ? safeText(exact) : exact;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => `${row.map(field).join(",")}\r\n`).join("");
}

/** One of several, which stand behind blanks: in quotes where it has one itself. */
const word = (one: unknown) => {
  const text = String(one);
  return /^[^\s"]+$/.test(text) ? text : `"${text.replaceAll('"', '""')}"`;
};
