import { Secret } from "../../text/secret.ts";
import { valueFromHome } from "../home.ts";
import { type Environment, interpolate, isOneVariable } from "../interpolate.ts";
import type { Loaded } from "../load.ts";
import { nodeNames } from "../resolve/node-names.ts";
import { sshSettings } from "../resolve/ssh.ts";
import type { NodeSettings, PasswordSource, SshSettings } from "../settings.ts";
import type { NodeDraft } from "./draft.ts";
import { parseSshPlace, printSshPlace } from "./ssh-place.ts";

export type Settled =
  /** One node for each host. */
  | { readonly ok: true; readonly nodes: readonly NodeSettings[] }
  | { readonly ok: false; readonly problem: string };

/**
 * The nodes that a draft would be, with every default of the configuration, though it stands in no file. A password that
 * was typed goes before every other source.
 * @param load reads the configuration with a connection string as its only TARGET
 * @param base the node that is changed: what a draft says nothing of stays
 */
export function settleDraft(
  draft: NodeDraft,
  load: (target: string) => Loaded,
  environment: Environment,
  base: NodeSettings | null = null,
): Settled {
  const whole = draft.variable === null ? null : interpolate(draft.variable, environment);
  const missing = [...(whole?.missing ?? [])];
  const pairs = Object.entries(draft.parameters).map(([keyword, text]) => {
    const filled = interpolate(text ?? "", environment);
    missing.push(...filled.missing);
    const value = valueFromHome(keyword, filled.text, environment);
    return `${keyword}='${value.replace(/[\\']/g, "\\$&")}'`;
  });
  const password = sourceOf(draft.password, draft, environment);
  const keyPassphrase = sourceOf(draft.keyPassphrase, draft, environment);
  missing.push(...password.missing, ...keyPassphrase.missing);
  if (missing.length > 0) return { ok: false, problem: `the variable ${missing[0]} is not set` };
  // A TARGET must say something; this says nothing of where it leads.
  const loaded = load(whole?.text ?? (pairs.join(" ") || "fallback_application_name=''"));
  if (!loaded.ok) return { ok: false, problem: loaded.error.message.split("\n")[0] ?? "" };
  const { nodes } = loaded.settings;
  const { group, colour, production, actions } = draft;
  const names = nodeNames(draft.name, nodes.length);
  const settled = nodes.map((node, index): NodeSettings => {
    const from = base ?? node;
    return {
      ...from,
      name: names[index] ?? draft.name,
      cluster: draft.cluster ?? (nodes.length > 1 ? draft.name : from.cluster),
      group,
      colour,
      production,
      actions: actions ?? from.actions,
      connection: node.connection,
      ssh: sshOf(draft, from.ssh ?? node.ssh, environment),
      passwords: [...password.sources, ...from.passwords],
      // The keyring's entry goes by the key, which may be another one now.
      keyPassphrases: [
        ...keyPassphrase.sources,
        ...from.keyPassphrases.filter(({ kind }) => kind !== "keyring"),
        ...node.keyPassphrases.filter(({ kind }) => kind === "keyring"),
      ],
    };
  });
  return { ok: true, nodes: settled };
}

/** The way to a draft's node: what else `known` says of the same host stays. */
function sshOf({ ssh }: NodeDraft, known: SshSettings | null, environment: Environment): SshSettings | null {
  if (ssh === null || (known && printSshPlace(known) === ssh)) return known;
  const { text } = interpolate(ssh, environment);
  const { host, user, port } = parseSshPlace(text) ?? { host: text, user: null, port: null };
  return sshSettings({ host, user: user ?? undefined, port: port ?? undefined }, environment);
}

/** What was typed, as the source that goes before all others. A variable that is meant for the file is filled in as there. */
function sourceOf(secret: Secret | null, { passwordPlace }: NodeDraft, environment: Environment) {
  const text = secret?.reveal() ?? "";
  if (passwordPlace !== "file" || !isOneVariable(text))
    return { sources: secret === null ? [] : [inline(secret)], missing: [] };
  const filled = interpolate(text, environment);
  return { sources: [inline(new Secret(filled.text))], missing: filled.missing };
}

function inline(secret: Secret): PasswordSource {
  return { kind: "inline", secret, from: "what was typed" };
}
