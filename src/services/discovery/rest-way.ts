import type { PatroniSettings, RestLogin } from "../../config/settings.ts";
import { canonicalHost } from "../../stats/replication/topology.ts";
import { knowSecret } from "../../text/known-secrets.ts";
import { Secret } from "../../text/secret.ts";
import { readFileInTime } from "../files.ts";
import { childEnvironment } from "../secrets/child-environment.ts";
import { askNamed, nameOf } from "../secrets/password-source.ts";
import { readPrivateFile } from "../secrets/private-file.ts";

const largestFileBytes = 1_048_576;

/** What a connection to a REST API is secured with; null for what the runtime has. */
export type RestTls = {
  readonly ca: Buffer | null;
  readonly client: { readonly cert: Buffer; readonly key: string } | null;
};

type Failed = { readonly ok: false; readonly why: string };

/** Reads the files that the settings name, anew each time. Never rejects. */
export async function readTls({
  sslrootcert,
  client,
}: Pick<PatroniSettings, "sslrootcert" | "client">): Promise<
  { readonly ok: true; readonly tls: RestTls } | Failed
> {
  const ca = sslrootcert === null ? null : await readFileInTime(sslrootcert, largestFileBytes);
  if (ca && !ca.ok) return { ok: false, why: `${sslrootcert} ${ca.why}` };
  if (client === null) return { ok: true, tls: { ca: ca?.bytes ?? null, client } };
  const cert = await readFileInTime(client.cert, largestFileBytes);
  if (!cert.ok) return { ok: false, why: `${client.cert} ${cert.why}` };
  const key = await readPrivateFile("sslkey", client.key);
  if (!("text" in key)) return { ok: false, why: key.why };
  return { ok: true, tls: { ca: ca?.bytes ?? null, client: { cert: cert.bytes, key: key.text } } };
}

/** The same as an option of `fetch`. */
export function tlsOption({ ca, client }: RestTls) {
  return ca || client ? { tls: { ...(ca && { ca }), ...client } } : {};
}

/** The value of the header Authorization (RFC 7617), or why there is none. */
export type Authorization =
  | { readonly ok: true; readonly value: string }
  | (Failed & { readonly fix: string });

/**
 * The login for an address, looked up once it asks for one. The password goes over https, to this machine, or where the
 * config allows clear text. Never rejects.
 */
export async function authorizationFor(url: string, login: RestLogin): Promise<Authorization> {
  const { protocol, hostname } = new URL(url);
  const isClear = protocol !== "https:" && canonicalHost(hostname) !== "localhost";
  if (isClear && !login.allowCleartext)
    return {
      ok: false,
      why: `Patroni asks for a login, which would go in clear to ${hostname}`,
      fix: "ask it by https, or set allow_cleartext: true below discover",
    };
  const reasons: string[] = [];
  for (const source of login.passwords) {
    const lookup = await askNamed(source, () => environmentFor(login));
    if (lookup.secret) return { ok: true, value: basic(login.username, lookup.secret) };
    reasons.push(source.kind === "environment" ? lookup.why : `${nameOf(source)}: ${lookup.why}`);
  }
  return {
    ok: false,
    why: `Patroni asks for a login, and there is no password for ${login.username}`,
    fix: reasons.join("; "),
  };
}

const environmentFor = ({ hiddenVariables }: RestLogin) =>
  childEnvironment(process.env, new Set(hiddenVariables), []);

/** No message shows either form of the password, whatever an answer repeats. */
function basic(username: string, password: Secret): string {
  const value = new Secret(Buffer.from(`${username}:${password.reveal()}`).toString("base64"));
  for (const secret of [password, value]) knowSecret(secret);
  return `Basic ${value.reveal()}`;
}
