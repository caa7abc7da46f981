import { expect, test } from "bun:test";
import { emptyDraft, type NodeDraft } from "../../../src/config/edit/draft.ts";
import { type ConfigEdit, editConfig } from "../../../src/config/edit/edit.ts";
import { draftOf, writtenConfig } from "../../../src/config/edit/entry.ts";
import { YamlText } from "../../../src/config/edit/yaml/text.ts";
import { loadSettings } from "../../../src/config/load.ts";
import { picking, randomFile } from "./random-files.ts";

const files = Array.from({ length: 12 }, (_, seed) => randomFile(picking(seed * 7919 + 1)));

const load = (text: string) =>
  loadSettings({}, [], { HOME: "/nonexistent" }, { path: "FILE", text, mode: 0o600 });

/** Every edit that a screen can ask for, on the first and the last node. */
function editsOf(text: string): ConfigEdit[] {
  const names = Object.keys(writtenConfig(new YamlText(text)).nodes);
  const added: NodeDraft = { ...emptyDraft, name: "new", group: "g1", parameters: { host: "h", port: "1" } };
  return [
    { kind: "add", draft: added },
    { kind: "group", name: "g9", colour: "blue", folded: true },
    { kind: "rename group", name: "g1", to: "store" },
    { kind: "delete group", name: "g1" },
    { kind: "order groups", names: ["g2", "g0", "g1"] },
    ...[names.at(0), names.at(-1)].flatMap((node): ConfigEdit[] => {
      const draft = node === undefined ? null : draftOf(text, node);
      if (node === undefined || !draft) return [];
      const parameters = { ...draft.parameters, host: "zz", sslmode: "require" };
      return [
        { kind: "delete", node },
        { kind: "move", node, group: "another one" },
        { kind: "move", node, group: null },
        { kind: "add", draft: { ...draft, name: "copy" }, like: node },
        { kind: "change", node, draft: { ...draft, name: `re: ${node}`, parameters, colour: "blue" } },
        { kind: "change", node, draft: { ...draft, production: !draft.production, parameters: {} } },
      ];
    }),
  ];
}

/** The lines that say something. */
const lines = (text: string) => text.split(/\r?\n/).filter((line) => line !== "");
const comments = (text: string) => text.match(/# [^\r\n]*/g) ?? [];

test("files as people write them can be edited, load afterwards, and keep what the edit does not name", () => {
  let edits = 0;
  for (const text of files) {
    expect(load(text)).toMatchObject({ ok: true });
    for (const edit of editsOf(text)) {
      const edited = editConfig(text, edit);
      if (!edited.ok) throw new Error(`${JSON.stringify(edit)}: ${edited.problem}\n${text}`);
      const loaded = load(edited.text);
      if (!loaded.ok) throw new Error(`${JSON.stringify(edit)}: ${loaded.error.message}\n${edited.text}`);
      edits += 1;
      if (edit.kind === "add" || edit.kind === "group" || edit.kind === "rename group")
        expect(comments(edited.text).toSorted()).toEqual(comments(text).toSorted());
      if (text.includes("\r\n")) expect(edited.text).not.toMatch(/[^\r]\n/);
      if (!/\n\r?\n\r?\n/.test(text)) expect(edited.text).not.toMatch(/\n\r?\n\r?\n/);
      if (edit.kind === "add") {
        const undone = editConfig(edited.text, { kind: "delete", node: edit.draft.name });
        expect(undone.ok && lines(undone.text)).toEqual(lines(text));
      }
    }
  }
  expect(edits).toBeGreaterThan(150);
}, 60_000);
