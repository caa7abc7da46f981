import { isIP } from "node:net";

/** A certificate's names as the runtime prints them: `DNS:a.example, IP Address:127.0.0.1`, and its subject's CN. */
export type CertificateNames = {
  readonly subjectaltname?: string | undefined;
  readonly subject?: { readonly CN?: string | readonly string[] } | undefined;
};

/**
 * Whether a certificate is for `host`, by libpq's rules (section "Client Verification of Server Certificates", fe-secure-common.c): any
 * alternative name may match, `*` stands for one leftmost label; the first common name counts only when there is no
 * alternative name of the host's kind. Null when it is; else the names it is for, none of them twice.
 */
export function otherNames({ subjectaltname, subject }: CertificateNames, host: string): string[] | null {
  const names = [...alternativeNames(subjectaltname ?? "")];
  const kind = isIP(host) === 0 ? "DNS" : "IP Address";
  const { CN = [] } = subject ?? {};
  const [common] = typeof CN === "string" ? [CN] : CN;
  if (common !== undefined && !names.some((name) => name.kind === kind))
    names.push({ kind: "DNS", text: common });
  const matches = names.some(({ kind, text }) =>
    kind === "DNS" ? isNamed(text, host) : canonicalIp(text) === canonicalIp(host),
  );
  return matches ? null : [...new Set(names.map(({ text }) => text))];
}

type Name = { readonly kind: string; readonly text: string };

/** Quotes stand around whatever could be mistaken for more names. */
function* alternativeNames(list: string): Generator<Name> {
  for (const [, kind = "", text = ""] of list.matchAll(/([^:,]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/gs))
    if (kind === "DNS" || kind === "IP Address")
      yield { kind, text: text.startsWith('"') ? String(JSON.parse(text)) : text };
}

function isNamed(pattern: string, host: string): boolean {
  const [name, wanted] = [pattern.toLowerCase(), host.toLowerCase()];
  if (name.includes("\0")) return false;
  if (name === wanted) return true;
  const dot = wanted.indexOf(".");
  return name.startsWith("*.") && name.length > 2 && dot > 0 && wanted.slice(dot) === name.slice(1);
}

function canonicalIp(text: string): string {
  return isIP(text) === 6 && !text.includes("%") ? new URL(`http://[${text}]`).hostname : text;
}
