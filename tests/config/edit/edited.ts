import type { NodeDraft } from "../../../src/config/edit/draft.ts";
import { type ConfigEdit, editConfig } from "../../../src/config/edit/edit.ts";
import { draftOf } from "../../../src/config/edit/entry.ts";

/** The text after these edits, one after the other. */
export function edited(text: string, ...edits: ConfigEdit[]): string {
  return edits.reduce((before, edit) => {
    const result = editConfig(before, edit);
    if (!result.ok) throw new Error(result.problem);
    return result.text;
  }, text);
}

/** A change of the node's draft as the form makes it. */
export function changed(text: string, node: string, change: Partial<NodeDraft>): string {
  const before = draftOf(text, node);
  if (!before) throw new Error(`no node ${node}`);
  return edited(text, { kind: "change", node, draft: { ...before, ...change } });
}
