import { Secret } from "../postgres/secret.ts";
import type { NodeDraft } from "./draft.ts";
import { type Environment, interpolate, isOneVariable } from "./interpolate.ts";
import type { Loaded } from "./load.ts";
import type { NodeSettings, PasswordSource } from "./settings.ts";

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
  const typed = typedPassword(draft, environment);
  missing.push(...typed.missing);
  if (missing.length > 0) return { ok: false, problem: `the variable ${missing[0]} is not set` };
  // A TARGET must say something; this says nothing of where it leads.
  const loaded = load(whole?.text ?? (pairs.join(" ") || "fallback_application_name=''"));
  if (!loaded.ok) return { ok: false, problem: loaded.error.message.split("\n")[0] ?? "" };
  const [node, another] = loaded.settings.nodes;
  if (!node || another) return { ok: false, problem: "a connection has one host" };
  const { name, group, colour, production } = draft;
  const from = base ?? node;
  return {
    ok: true,
    node: {
      ...from,
      name,
      group,
      colour,
      production,
      connection: node.connection,
      passwords: [...typed.sources, ...from.passwords],
    },
  };
}

/** What was typed, as the source that goes before all others. A variable that is meant for the file is filled in as there. */
function typedPassword({ password, passwordPlace }: NodeDraft, environment: Environment) {
  const text = password?.reveal() ?? "";
  if (passwordPlace !== "file" || !isOneVariable(text))
    return { sources: password === null ? [] : [inline(password)], missing: [] };
  const filled = interpolate(text, environment);
  return { sources: [inline(new Secret(filled.text))], missing: filled.missing };
}

function inline(secret: Secret): PasswordSource {
  return { kind: "inline", secret };
}
