/**
 * Writes to standard output and waits until it is out. A reader that has gone (`| head -1`) ends the program
 * quietly, as it does any other filter.
 */
export function print(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.once("error", () => process.exit(0));
    process.stdout.write(text, () => resolve());
  });
}

/** JSON of values that JSON has no form for: bigints are numbers where that is exact, else text. */
export function toJson(value: unknown): string {
  return JSON.stringify(
    value,
    (_, one: unknown) =>
      typeof one === "bigint" ? (Number.isSafeInteger(Number(one)) ? Number(one) : String(one)) : one,
    2,
  );
}

/** Lines of CSV by RFC 4180: exact values, quoted where they need it, CRLF at the end of each. */
export function toCsv(rows: readonly (readonly unknown[])[]): string {
  const field = (value: unknown) => {
    const text = value == null ? "" : Array.isArray(value) ? value.join(" ") : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => `${row.map(field).join(",")}\r\n`).join("");
}
