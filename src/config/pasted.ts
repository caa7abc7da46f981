import { type ConninfoParameters, type Keyword, parseConninfo } from "../postgres/conninfo.ts";
import { Secret } from "../postgres/secret.ts";
import { emptyDraft, type NodeDraft } from "./draft.ts";
import { isOneVariable } from "./interpolate.ts";
import { psqlParameters } from "./psql-line.ts";

export type Pasted =
  | { readonly ok: true; readonly draft: NodeDraft }
  /** What cannot be read, quoting nothing of it. */
  | { readonly ok: false; readonly problem: string };

/**
 * The draft of a pasted connection URI, of keyword=value pairs (libpq, "Connection Strings"), of the command line of
 * psql with either or with its options, or of `${VAR}` that holds one. A password in it becomes the draft's.
 * @param taken names that the suggested one must not be
 */
export function parseDraft(text: string, taken: readonly string[] = []): Pasted {
  const trimmed = text.trim();
  if (isOneVariable(trimmed))
    return { ok: true, draft: { ...emptyDraft, name: suggestName({}, taken), variable: trimmed } };
  const read = psqlParameters(trimmed) ?? parseConninfo(trimmed);
  if (!read.ok) return { ok: false, problem: read.error.message };
  const { password, ...given } = withoutEmpty(read.parameters);
  const parameters = escaped(given);
  const name = suggestName(parameters, taken);
  return {
    ok: true,
    draft: { ...emptyDraft, name, parameters, password: password ? new Secret(password) : null },
  };
}

function withoutEmpty(parameters: ConninfoParameters): ConninfoParameters {
  return Object.fromEntries(Object.entries(parameters).filter(([, text]) => text));
}

/** A shell's or a program's `${VAR}` may be meant as ours; what cannot be one is literal. */
function escaped(parameters: ConninfoParameters): ConninfoParameters {
  const entries = Object.entries(parameters) as [Keyword, string][];
  return Object.fromEntries(
    entries.map(([keyword, text]) => [
      keyword,
      text.replace(/\$\{(?![A-Za-z_][A-Za-z0-9_]*(?::-[^}]*)?\})/g, () => "$${"),
    ]),
  );
}

/** The first part of the host's name, or the address or database where that says more; with a number when it is taken. */
export function suggestName(
  { host = "", port, dbname }: ConninfoParameters,
  taken: readonly string[],
): string {
  const isLocal = host === "" || host.startsWith("/") || /^(localhost|127\.|::1$)/.test(host);
  const isAddress = /^[\d.]+$|:/.test(host);
  const local = dbname ?? (port === undefined ? "local" : `local-${port}`);
  const wanted = isLocal ? local : isAddress ? host : (host.split(".")[0] ?? host);
  const base = wanted.replace(/[^\p{L}\p{N}._:-]/gu, "") || "node";
  return freeName(base, taken);
}

/** The name itself, or with the lowest number from 2 on that makes it free. */
function freeName(base: string, taken: readonly string[]): string {
  if (!taken.includes(base)) return base;
  for (let number = 2; ; number++) if (!taken.includes(`${base}-${number}`)) return `${base}-${number}`;
}
