import { inspect } from "node:util";

/** A password that is searched for everywhere. Its odd signs are written in another way by every format. */
export const planted = `SECRETPW ü:@/%"'\\5`;

/** Its beginning, and its end, which is what is left of a password that was taken to stop at one of its signs. */
const forms = [
  "SECRETPW",
  "SECRETPW".toLowerCase(),
  btoa("SECRETPW").slice(0, 10),
  planted.slice(-3),
  "'%5C5",
];

/** The places of these in which the planted password is found, however it is written there; none is right. */
export function leaks(places: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(places).flatMap(([place, value]) => {
    const text = typeof value === "string" ? value : printed(value);
    return forms.some((form) => text.includes(form)) ? [`${place}: ${text.slice(0, 2000)}`] : [];
  });
}

/** A value in every form that a log line or a report may give it. */
function printed(value: unknown): string {
  const json = JSON.stringify(value, (_, part) => (typeof part === "bigint" ? String(part) : part)) ?? "";
  return [inspect(value, { depth: 12 }), Bun.inspect(value, { depth: 12 }), String(value), json].join("\n");
}
