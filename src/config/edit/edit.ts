import type { Colour } from "../settings.ts";
import type { NodeDraft } from "./draft.ts";
import { draftOfEntry, entryOf, inheritedProduction, listOf, mapOf, writtenConfig } from "./entry.ts";
import { changeEntry, newEntry, setOption } from "./entry-edit.ts";
import { NotEditable, YamlText } from "./yaml/text.ts";
import type { YamlPath } from "./yaml/values.ts";

/** A change of the config file. Nodes are named by their entry or by a node of it (see entryOf). */
export type ConfigEdit =
  /** `like` is the node that it is a copy of: what no draft holds, such as `pool`, is copied. */
  | { readonly kind: "add"; readonly draft: NodeDraft; readonly like?: string | undefined }
  /** The draft may have another name: clusters that list the node follow. */
  | { readonly kind: "change"; readonly node: string; readonly draft: NodeDraft }
  | { readonly kind: "delete"; readonly node: string }
  /** Null takes it out of its group. */
  | { readonly kind: "move"; readonly node: string; readonly group: string | null }
  /** Declares the group when it is not; what is absent stays. */
  | {
      readonly kind: "group";
      readonly name: string;
      readonly colour?: Colour | null;
      readonly folded?: boolean;
    }
  | { readonly kind: "rename group"; readonly name: string; readonly to: string }
  /** Its nodes stay, in no group. */
  | { readonly kind: "delete group"; readonly name: string }
  /** All groups, in the order of the screen. */
  | { readonly kind: "order groups"; readonly names: readonly string[] };

/** The new text, or why there is none, in a sentence. */
export type EditedConfig =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: string };

/**
 * The text of a config file after an edit in place: comments, blank lines, order, quotes and anchors of all that the
 * edit does not name stay byte for byte. An empty text becomes a small file. Whether the result loads is for
 * changeConfig to say.
 */
export function editConfig(text: string, edit: ConfigEdit): EditedConfig {
  const mark = text.startsWith("\uFEFF") ? "\uFEFF" : "";
  const yaml = new YamlText(text.slice(mark.length));
  const missing = "node" in edit && entryOf(yaml, edit.node) === null;
  if (missing) return { ok: false, problem: "the file has no node of this name any more" };
  if ("draft" in edit && isTaken(yaml, edit))
    return { ok: false, problem: "the file has a node of this name already" };
  try {
    return { ok: true, text: mark + apply(yaml, edit).text };
  } catch (cause) {
    if (!(cause instanceof NotEditable)) throw cause;
    return { ok: false, problem: "the file is written in a way that only an editor can change here" };
  }
}

function isTaken(yaml: YamlText, edit: Extract<ConfigEdit, { draft: NodeDraft }>): boolean {
  const { name } = edit.draft;
  const isOwn = edit.kind === "change" && entryOf(yaml, edit.node) === name;
  return !isOwn && Object.hasOwn(writtenConfig(yaml).nodes, name);
}

/** The file with an entry in the list of this cluster, which is made where there is none, and in no other. */
function placed(yaml: YamlText, name: string, cluster: string | null): YamlText {
  if (cluster === null) return yaml.remove(...unlisted(yaml, name));
  const list = ["clusters", cluster, "nodes"];
  const hasList = listOf(mapOf(writtenConfig(yaml).clusters[cluster])["nodes"]).length > 0;
  const joined = hasList ? yaml.append(list, name) : yaml.set(list, [name]);
  return joined.remove(...unlisted(joined, name, cluster));
}

function apply(yaml: YamlText, edit: ConfigEdit): YamlText {
  const entry = "node" in edit ? (entryOf(yaml, edit.node) ?? "") : "";
  switch (edit.kind) {
    case "add":
      return addNode(yaml, edit);
    case "change": {
      const isMoved = edit.draft.cluster !== draftOfEntry(yaml, entry).cluster;
      const listed = isMoved ? placed(yaml, entry, edit.draft.cluster) : yaml;
      const changed = changeEntry(listed, entry, edit.draft);
      return edit.draft.name !== entry ? renameNode(changed, entry, edit.draft.name) : changed;
    }
    case "delete":
      return deleteNode(yaml, entry);
    case "move":
      return setOption(yaml, entry, "group", edit.group);
    case "group":
      return changeGroup(yaml, edit);
    case "rename group":
      return renameGroup(yaml, edit.name, edit.to);
    case "delete group":
      return deleteGroup(yaml, edit.name);
    case "order groups":
      return orderGroups(yaml, edit.names);
  }
}

function addNode(yaml: YamlText, { draft, like }: Extract<ConfigEdit, { kind: "add" }>): YamlText {
  const model = like === undefined ? null : entryOf(yaml, like);
  // First its place: what its cluster says, such as `production`, need not be said of it again.
  const listed = draft.cluster === null ? yaml : placed(yaml, draft.name, draft.cluster);
  if (model === null)
    return listed.set(["nodes", draft.name], newEntry(draft, inheritedProduction(listed, draft.name)));
  const copied = listed.set(["nodes", draft.name], yaml.copy(["nodes", model]));
  return changeEntry(copied, draft.name, draft);
}

function renameNode(yaml: YamlText, from: string, to: string): YamlText {
  const renamed = yaml.rename(["nodes", from], to);
  return listings(yaml, from).reduce((result, { path }) => result.rename(path, to), renamed);
}

function deleteNode(yaml: YamlText, name: string): YamlText {
  return yaml.remove(["nodes", name], ...unlisted(yaml, name));
}

/** What to take out so that no cluster lists a node, but one. */
function unlisted(yaml: YamlText, name: string, but: string | null = null): readonly YamlPath[] {
  const { clusters } = writtenConfig(yaml);
  const others = listings(yaml, name).filter(({ cluster }) => cluster !== but);
  return others.map(({ cluster, path, isOnly }): YamlPath => {
    if (!isOnly) return path;
    if (mapOf(clusters[cluster])["discover"] !== undefined) return ["clusters", cluster, "nodes"];
    // A cluster without nodes is no cluster.
    return Object.keys(clusters).length === 1 ? ["clusters"] : ["clusters", cluster];
  });
}

type Listing = { readonly cluster: string; readonly path: YamlPath; readonly isOnly: boolean };

/** Where clusters list a node. */
function listings(yaml: YamlText, name: string): readonly Listing[] {
  return Object.entries(writtenConfig(yaml).clusters).flatMap(([cluster, value]) => {
    const nodes = listOf(mapOf(value)["nodes"]).map(String);
    const at = nodes.indexOf(name);
    const path = ["clusters", cluster, "nodes", at];
    return at < 0 ? [] : [{ cluster, path, isOnly: nodes.length === 1 }];
  });
}

function changeGroup(yaml: YamlText, { name, colour, folded }: Extract<ConfigEdit, { kind: "group" }>) {
  const group = mapOf(writtenConfig(yaml).groups[name]);
  const changes = [
    ...(colour === undefined ? [] : [["colour", colour] as const]),
    ...(folded === undefined ? [] : [["folded", folded || null] as const]),
  ];
  let result = yaml;
  for (const [field, value] of changes) {
    const path = ["groups", name, field];
    if (value !== null) result = result.set(path, value);
    else if (group[field] !== undefined) result = result.remove(path);
  }
  return result;
}

function renameGroup(yaml: YamlText, from: string, to: string): YamlText {
  const isDeclared = Object.hasOwn(writtenConfig(yaml).groups, from);
  const renamed = isDeclared ? yaml.rename(["groups", from], to) : yaml;
  return renamed.setEach(members(yaml, from), to);
}

function deleteGroup(yaml: YamlText, name: string): YamlText {
  const { groups } = writtenConfig(yaml);
  const isOnly = Object.keys(groups).length === 1;
  const declared: YamlPath[] = Object.hasOwn(groups, name) ? [isOnly ? ["groups"] : ["groups", name]] : [];
  return yaml.remove(...declared, ...members(yaml, name));
}

/** Where nodes, or `defaults`, name a group. */
function members(yaml: YamlText, group: string): readonly YamlPath[] {
  const { nodes, defaults } = writtenConfig(yaml);
  const named = Object.entries(nodes).filter(([, entry]) => mapOf(entry)["group"] === group);
  const byDefault = defaults["group"] === group ? [["defaults", "group"]] : [];
  return [...named.map(([name]) => ["nodes", name, "group"]), ...byDefault];
}

function orderGroups(yaml: YamlText, names: readonly string[]): YamlText {
  const { groups } = writtenConfig(yaml);
  const declared = names
    .filter((name) => !Object.hasOwn(groups, name))
    .reduce((result, name) => result.set(["groups", name], {}), yaml);
  return declared.order(["groups"], names);
}
