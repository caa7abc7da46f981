import type { ConninfoParameters, Keyword } from "../../postgres/conninfo/conninfo.ts";
import type { Secret } from "../../text/secret.ts";
import { isOneVariable } from "../interpolate.ts";
import { keyPassphraseFields, passwordFields } from "../options.ts";
import { changeConnectionText, connectionText, type ParameterChanges } from "./connection-edit.ts";
import type { NodeDraft } from "./draft.ts";
import {
  draftOfEntry,
  inheritedProduction,
  mapOf,
  parametersOf,
  stringOf,
  writtenConfig,
  writtenFields,
} from "./entry.ts";
import { parseSshPlace } from "./ssh-place.ts";
import { quoted } from "./yaml/print.ts";
import { NotEditable, type YamlText } from "./yaml/text.ts";

/** The fields of a node in the order in which a person writes them. */
const order = [
  "connection",
  ...[...writtenFields.keys()].filter((field) => !field.startsWith("ssl")),
  ...Object.keys(passwordFields),
  ...[...writtenFields.keys()].filter((field) => field.startsWith("ssl")),
  ...Object.keys(keyPassphraseFields),
  "ssh",
  "group",
  "colour",
  "production",
  "actions",
];

type Fields = { [field: string]: unknown };

/** The entry of a new node, as a person would have written it: fields, or a string where fields cannot say all. */
export function newEntry(draft: NodeDraft, inheritsProduction: boolean): unknown {
  const { ssh, group, colour, production, actions } = draft;
  const fields: Fields =
    draft.variable === null
      ? { ...connectionFields({ ...draft.parameters, ...secretsOf(draft) }) }
      : { connection: draft.variable };
  if (ssh !== null) fields["ssh"] = sshValue(ssh);
  if (group !== null) fields["group"] = group;
  if (colour !== null) fields["colour"] = colour;
  if (production !== inheritsProduction) fields["production"] = production;
  if (actions !== null) fields["actions"] = actions;
  const names = Object.keys(fields).toSorted((one, other) => order.indexOf(one) - order.indexOf(other));
  return names.length === 1 && names[0] === "connection"
    ? fields["connection"]
    : Object.fromEntries(names.map((name) => [name, fields[name]]));
}

function connectionFields(parameters: ConninfoParameters): Fields {
  const keywords = Object.entries(parameters).filter(([, text]) => text !== "");
  const fieldOf = new Map(Array.from(writtenFields, ([field, keyword]) => [String(keyword), field]));
  // In a string each port stands beside its host.
  if (parameters.host?.includes(",") || keywords.some(([keyword]) => !fieldOf.has(keyword)))
    return { connection: connectionText(parameters, "uri") };
  return Object.fromEntries(
    keywords.map(([keyword, text]) => [fieldOf.get(keyword), writtenValue(keyword, text)]),
  );
}

function writtenValue(keyword: string, text: string): unknown {
  if (keyword === "password" || keyword === "sslpassword") return quoted(text);
  return keyword === "port" && /^\d+$/.test(text) ? Number(text) : text;
}

/** Password and passphrase as the file is to have them; a variable stays one, anything else is literal. */
function secretsOf({ password, keyPassphrase, passwordPlace }: NodeDraft): ConninfoParameters {
  if (passwordPlace !== "file") return {};
  return {
    ...(password && { password: written(password) }),
    ...(keyPassphrase && { sslpassword: written(keyPassphrase) }),
  };
}

function written(secret: Secret): string {
  const text = secret.reveal();
  return isOneVariable(text) ? text : text.replaceAll("${", () => "$${");
}

/**
 * The file with a node's entry changed to what the draft says, its name aside. Only what differs from what is written
 * is touched; a string stays a string.
 */
export function changeEntry(yaml: YamlText, name: string, draft: NodeDraft): YamlText {
  const old = draftOfEntry(yaml, name);
  const changes = {
    ...parameterChanges(old.parameters, draft.parameters),
    ...secretChanges(yaml, name, draft),
  };
  let result = yaml;
  if (draft.variable !== old.variable)
    result = replaceConnection(result, name, { ...draft.parameters, ...secretsOf(draft) }, draft.variable);
  else if (Object.keys(changes).length > 0) result = changeParameters(result, name, changes);
  // Any of these would go before the keyring, and the new password would never be asked for.
  if (draft.passwordPlace === "keyring")
    for (const field of [
      ...(draft.password ? Object.keys(passwordFields) : []),
      ...(draft.keyPassphrase ? Object.keys(keyPassphraseFields) : []),
    ])
      result = setOption(result, name, field, null);
  if (draft.ssh !== old.ssh) result = changeSsh(result, name, draft.ssh);
  if (draft.group !== old.group) result = setOption(result, name, "group", draft.group);
  if (draft.colour !== old.colour) result = setOption(result, name, "colour", draft.colour);
  if (draft.actions !== old.actions) result = setOption(result, name, "actions", draft.actions);
  if (draft.production !== old.production) {
    const isInherited = draft.production === inheritedProduction(yaml, name);
    result = setOption(result, name, "production", isInherited ? null : draft.production);
  }
  return result;
}

function parameterChanges(before: ConninfoParameters, after: ConninfoParameters): ParameterChanges {
  const keywords = new Set([...Object.keys(before), ...Object.keys(after)]) as ReadonlySet<Keyword>;
  const changed = [...keywords].filter((keyword) => (before[keyword] ?? "") !== (after[keyword] ?? ""));
  return Object.fromEntries(changed.map((keyword) => [keyword, after[keyword] || null]));
}

/** What is kept elsewhere from now on is removed. */
function secretChanges(yaml: YamlText, name: string, draft: NodeDraft): ParameterChanges {
  const { password, keyPassphrase, passwordPlace } = draft;
  const held = parametersOf(writtenConfig(yaml).nodes[name]);
  const isMoved = passwordPlace === "keyring" || passwordPlace === "none";
  return {
    ...(isMoved && password && held.password !== undefined && { password: null }),
    ...(isMoved && keyPassphrase && held.sslpassword !== undefined && { sslpassword: null }),
    ...secretsOf(draft),
  };
}

function changeParameters(yaml: YamlText, name: string, changes: ParameterChanges): YamlText {
  const entry = writtenConfig(yaml).nodes[name];
  const written = stringOf(entry);
  const entries = Object.entries(changes);
  if (written !== null) {
    const changed = changeConnectionText(written, changes);
    if (changed === null) throw new NotEditable();
    const path = typeof entry === "string" ? ["nodes", name] : ["nodes", name, "connection"];
    // YAML would cut it at a blank and a #.
    const holdsPassword = (changes.password ?? changes.sslpassword) && !changed.startsWith("postgres");
    return yaml.set(path, holdsPassword ? quoted(changed) : changed);
  }
  const isSayable = entries.every(
    ([keyword, value]) => value === null || [...writtenFields.values()].some((known) => known === keyword),
  );
  if (!isSayable) return replaceConnection(yaml, name, { ...parametersOf(entry), ...changes });
  let result = yaml;
  for (const [field, keyword] of writtenFields) {
    const value = changes[keyword];
    if (value !== undefined)
      result = setOption(result, name, field, value === null ? null : writtenValue(keyword, value));
  }
  return result;
}

/** Another form for how an entry is reached: fields in place of a string, or a string in place of fields. */
function replaceConnection(
  yaml: YamlText,
  name: string,
  parameters: ParameterChanges,
  variable: string | null = null,
): YamlText {
  const given = Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== null));
  const entry = writtenConfig(yaml).nodes[name];
  const fields: Fields = variable === null ? connectionFields(given) : { connection: variable };
  if (typeof entry === "string") return yaml.set(["nodes", name], fields["connection"] ?? fields);
  let result = yaml;
  for (const field of ["connection", ...writtenFields.keys()])
    if (mapOf(entry)[field] !== undefined) result = result.remove(["nodes", name, field]);
  for (const [field, value] of Object.entries(fields)) result = setOption(result, name, field, value);
  return result;
}

/** A map of what else is said of the bastion keeps that; where it says where the bastion is and no more, `none` is all. */
function changeSsh(yaml: YamlText, name: string, ssh: string | null): YamlText {
  const before = mapOf(mapOf(writtenConfig(yaml).nodes[name])["ssh"]);
  const place = ssh === null ? null : parseSshPlace(ssh);
  const isPlaceAlone = Object.keys(before).every((field) => place && field in place);
  if (!place || (ssh === "none" && isPlaceAlone) || Object.keys(before).length === 0)
    return setOption(yaml, name, "ssh", ssh && sshValue(ssh));
  return Object.entries(place).reduce((result, [field, value]) => {
    const path = ["nodes", name, "ssh", field];
    if (value !== null) return result.set(path, value);
    return before[field] === undefined ? result : result.remove(path);
  }, yaml);
}

/** The host alone, or a map with what else is said. */
function sshValue(ssh: string): unknown {
  const { host, user, port } = parseSshPlace(ssh) ?? { host: ssh, user: null, port: null };
  if (user === null && port === null) return host;
  return { host, ...(port !== null && { port }), ...(user !== null && { user }) };
}

/** Sets a field of an entry in its place, or removes it; a string moves below `connection:` to make room. */
export function setOption(yaml: YamlText, name: string, field: string, value: unknown): YamlText {
  const entry = writtenConfig(yaml).nodes[name];
  const path = ["nodes", name, field];
  if (value === null) return mapOf(entry)[field] === undefined ? yaml : yaml.remove(path);
  if (typeof entry === "string")
    return yaml.set(["nodes", name], { connection: yaml.copy(["nodes", name]), [field]: value });
  return yaml.set(path, value, order.slice(0, order.indexOf(field)));
}
