import { parseAnyConninfo } from "../../postgres/conninfo/any-conninfo.ts";
import type { ConninfoParameters, Keyword } from "../../postgres/conninfo/conninfo.ts";
import { printKeywords, printUri } from "../../postgres/conninfo/print.ts";
import { isOneVariable, references } from "../interpolate.ts";

/** What to give other values in a connection string; null takes a parameter out. */
export type ParameterChanges = { readonly [keyword in Keyword]?: string | null };

/** The parameters of a string of the file, its variables left as they are; null when it cannot be taken apart. */
export function writtenParameters(source: string): ConninfoParameters | null {
  return taken(source)?.parameters ?? null;
}

function taken(source: string) {
  const { template, fill } = marked(source);
  const read = isOneVariable(source) ? null : parseAnyConninfo(template);
  if (!read?.ok) return null;
  return { parameters: mapTexts(read.parameters, fill), others: read.leftOut.names };
}

/**
 * A string of the file with other parameters, as a URI or keywords like it was; null when it cannot be taken apart. One
 * of another program becomes libpq's; what means nothing here stays in a URI.
 */
export function changeConnectionText(source: string, changes: ParameterChanges): string | null {
  const old = taken(source);
  if (!old) return null;
  const merged = Object.entries({ ...old.parameters, ...changes }).filter(([, text]) => text !== null);
  const isUri = /^[\w+:-]*:\/\//.test(source);
  const text = connectionText(Object.fromEntries(merged), isUri ? "uri" : "keywords");
  const query = isUri ? source.slice(source.indexOf("?") + 1).split("&") : [];
  const kept = query.filter((pair) => old.others.includes(pair.split("=")[0] ?? ""));
  return kept.length === 0 ? text : `${text}${text.includes("?") ? "&" : "?"}${kept.join("&")}`;
}

/** Parameters as a string for the file, whose variables stay variables. */
export function connectionText(parameters: ConninfoParameters, form: "uri" | "keywords"): string {
  const values: string[] = [];
  const hidden = mapTexts(parameters, (text) =>
    text.replace(references, (all) => mark(values.push(all) - 1)),
  );
  const text = form === "uri" ? printUri(hidden) : printKeywords(hidden);
  return unmark(text, values);
}

// Means nothing in either form of a connection string, and nobody writes it.
const mark = (index: number) => `\uE000${index}\uE000`;

function unmark(text: string, values: readonly string[]): string {
  return text.replace(/(?:\uE000|%EE%80%80)(\d+)(?:\uE000|%EE%80%80)/g, (all, index: string) => {
    return values[Number(index)] ?? all;
  });
}

function marked(source: string) {
  const values: string[] = [];
  const template = source.replace(references, (all) => mark(values.push(all) - 1));
  return { template, fill: (text: string) => unmark(text, values) };
}

function mapTexts(parameters: ConninfoParameters, change: (text: string) => string): ConninfoParameters {
  return Object.fromEntries(Object.entries(parameters).map(([keyword, text]) => [keyword, change(text)]));
}
