import type { NodeDraft } from "./draft.ts";
import { type Environment, interpolate } from "./interpolate.ts";
import type { Loaded } from "./load.ts";
import type { NodeSettings } from "./settings.ts";

export type Settled =
  | { readonly ok: true; readonly node: NodeSettings }
  | { readonly ok: false; readonly problem: string };

/**
 * The node that a draft would be, with every default of the configuration, though it stands in no file. A password that
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
    return `${keyword}='${filled.text.replace(/[\\']/g, "\\$&")}'`;
  });
  if (missing.length > 0) return { ok: false, problem: `the variable ${missing[0]} is not set` };
  // A TARGET must say something; this says nothing of where it leads.
  const loaded = load(whole?.text ?? (pairs.join(" ") || "fallback_application_name=''"));
  if (!loaded.ok) return { ok: false, problem: loaded.error.message.split("\n")[0] ?? "" };
  const [node, another] = loaded.settings.nodes;
  if (!node || another) return { ok: false, problem: "a connection has one host" };
  const { name, group, colour, production, password } = draft;
  const from = base ?? node;
  const typed = password === null ? [] : [{ kind: "inline" as const, secret: password }];
  return {
    ok: true,
    node: {
      ...from,
      name,
      group,
      colour,
      production,
      connection: node.connection,
      passwords: [...typed, ...from.passwords],
    },
  };
}
