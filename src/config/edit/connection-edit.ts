import { parseAnyConninfo } from "../../postgres/conninfo/any-conninfo.ts";
import type { ConninfoParameters, Keyword } from "../../postgres/conninfo/conninfo.ts";
import { printKeywords, printUri } from "../../postgres/conninfo/print.ts";
import { isOneVariable, references } from "../interpolate.ts";

/** What to give other values in a connection string; null takes a parameter out. */
export type ParameterChanges = { readonly [keyword in Keyword]?: string | null };

/** The parameters of a string of the file, its variables left as they are; null when it cannot be taken apart. */
export function writtenParameters(source: string): ConninfoParameters | null {
  const { template, fill } = marked(source);
  const read = isOneVariable(source) ? null : parseAnyConninfo(template);
  if (!read?.ok) return null;
  return mapTexts(read.parameters, fill);
}

/**
 * A string of the file with other parameters, as a URI or keywords like it was; null when it cannot be taken apart. One
 * of another program becomes libpq's, without the parameters that mean nothing here.
 */
export function changeConnectionText(source: string, changes: ParameterChanges): string | null {
  const old = writtenParameters(source);
  if (!old) return null;
  const merged = Object.entries({ ...old, ...changes }).filter(([, text]) => text !== null);
  return connectionText(Object.fromEntries(merged), /^[\w+:-]*:\/\//.test(source) ? "uri" : "keywords");
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
