import type { NodeDraft } from "./draft.ts";
import { entryOf, inheritedProduction, listOf, mapOf, writtenConfig } from "./entry.ts";
import { changeEntry, newEntry, setOption } from "./entry-edit.ts";
import type { Colour } from "./settings.ts";
import { copyOf, orderIn, removeIn, renameIn, setIn, type YamlPath } from "./yaml-edit.ts";

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
  const missing = "node" in edit && entryOf(text, edit.node) === null;
  if (missing) return { ok: false, problem: "the file has no node of this name any more" };
  if ("draft" in edit && isTaken(text, edit))
    return { ok: false, problem: "the file has a node of this name already" };
  const edited = apply(text, edit);
  return edited === null
    ? { ok: false, problem: "the file is written in a way that only an editor can change here" }
    : { ok: true, text: edited };
}

function isTaken(text: string, edit: Extract<ConfigEdit, { draft: NodeDraft }>): boolean {
  const { name } = edit.draft;
  const isOwn = edit.kind === "change" && entryOf(text, edit.node) === name;
  return !isOwn && Object.hasOwn(writtenConfig(text).nodes, name);
}

function apply(text: string, edit: ConfigEdit): string | null {
  const entry = "node" in edit ? (entryOf(text, edit.node) ?? "") : "";
  switch (edit.kind) {
    case "add":
      return addNode(text, edit.draft, edit.like);
    case "change": {
      const changed = changeEntry(text, entry, edit.draft);
      return changed && edit.draft.name !== entry ? renameNode(changed, entry, edit.draft.name) : changed;
    }
    case "delete":
      return deleteNode(text, entry);
    case "move":
      return setOption(text, entry, "group", edit.group);
    case "group":
      return changeGroup(text, edit);
    case "rename group":
      return renameGroup(text, edit.name, edit.to);
    case "delete group":
      return deleteGroup(text, edit.name);
    case "order groups":
      return orderGroups(text, edit.names);
  }
}

function addNode(text: string, draft: NodeDraft, like: string | undefined): string | null {
  const model = like === undefined ? null : entryOf(text, like);
  if (model === null)
    return setIn(text, ["nodes", draft.name], newEntry(draft, inheritedProduction(text, draft.name)));
  const copied = setIn(text, ["nodes", draft.name], copyOf(text, ["nodes", model]));
  return copied && changeEntry(copied, draft.name, draft);
}

function renameNode(text: string, from: string, to: string): string | null {
  const renamed = renameIn(text, ["nodes", from], to);
  return listings(text, from).reduce<string | null>(
    (result, { path }) => result && renameIn(result, path, to),
    renamed,
  );
}

function deleteNode(text: string, name: string): string | null {
  const { clusters } = writtenConfig(text);
  const [listing] = listings(text, name);
  const removed = removeIn(text, ["nodes", name]);
  if (!listing || removed === null) return removed;
  if (!listing.isOnly) return removeIn(removed, listing.path);
  // A cluster without nodes is no cluster.
  const isLast = Object.keys(clusters).length === 1;
  return removeIn(removed, isLast ? ["clusters"] : ["clusters", listing.cluster]);
}

type Listing = { readonly cluster: string; readonly path: YamlPath; readonly isOnly: boolean };

/** Where clusters list a node. */
function listings(text: string, name: string): readonly Listing[] {
  return Object.entries(writtenConfig(text).clusters).flatMap(([cluster, value]) => {
    const nodes = listOf(mapOf(value)["nodes"]).map(String);
    const at = nodes.indexOf(name);
    const path = ["clusters", cluster, "nodes", at];
    return at < 0 ? [] : [{ cluster, path, isOnly: nodes.length === 1 }];
  });
}

function changeGroup(text: string, { name, colour, folded }: Extract<ConfigEdit, { kind: "group" }>) {
  const group = mapOf(writtenConfig(text).groups[name]);
  const changes = [
    ...(colour === undefined ? [] : [["colour", colour] as const]),
    ...(folded === undefined ? [] : [["folded", folded || null] as const]),
  ];
  let result: string | null = text;
  for (const [field, value] of changes) {
    const path = ["groups", name, field];
    if (value !== null) result = result && setIn(result, path, value);
    else if (group[field] !== undefined) result = result && removeIn(result, path);
  }
  return result;
}

function renameGroup(text: string, from: string, to: string): string | null {
  const { groups } = writtenConfig(text);
  const declared = Object.hasOwn(groups, from) ? renameIn(text, ["groups", from], to) : text;
  return members(text, from).reduce<string | null>(
    (result, path) => result && setIn(result, path, to),
    declared,
  );
}

function deleteGroup(text: string, name: string): string | null {
  const { groups } = writtenConfig(text);
  const isLast = Object.keys(groups).length === 1;
  const declared = Object.hasOwn(groups, name)
    ? removeIn(text, isLast ? ["groups"] : ["groups", name])
    : text;
  return members(text, name).reduce<string | null>(
    (result, path) => result && removeIn(result, path),
    declared,
  );
}

/** Where nodes, or `defaults`, name a group. */
function members(text: string, group: string): readonly YamlPath[] {
  const { nodes, defaults } = writtenConfig(text);
  const named = Object.entries(nodes).filter(([, entry]) => mapOf(entry)["group"] === group);
  const byDefault = defaults["group"] === group ? [["defaults", "group"]] : [];
  return [...named.map(([name]) => ["nodes", name, "group"]), ...byDefault];
}

function orderGroups(text: string, names: readonly string[]): string | null {
  const { groups } = writtenConfig(text);
  const declared = names
    .filter((name) => !Object.hasOwn(groups, name))
    .reduce<string | null>((result, name) => result && setIn(result, ["groups", name], {}), text);
  return declared && orderIn(declared, ["groups"], names);
}
