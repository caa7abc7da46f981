import { completion } from "../../commands/prompts/connections/connection-form.ts";
import { maskPasswords } from "../../postgres/conninfo/mask.ts";
import {
  type ConnectionForm,
  type FormField,
  fieldsOf,
  formChoices,
  textIn,
} from "../../store/connection-form.ts";
import type { State } from "../../store/store.ts";
import { width as cellsOf } from "../../text/cells.ts";
import { joined, padStart, repeated, type SafeText, safe, safeWords, trimEnd } from "../../text/safe-text.ts";
import { fit, safeName, safeText } from "../../text/text.ts";
import { wrapped } from "../../text/wrapped.ts";
import type { Theme } from "../drawing/theme.ts";

const labels: Readonly<Record<FormField, SafeText>> = safeWords({
  pasted: "From a string",
  name: "Name",
  host: "Host",
  port: "Port",
  database: "Database",
  user: "User",
  password: "Password",
  keep: "Keep it in",
  sslmode: "SSL mode",
  ssh: "SSH host",
  cluster: "Cluster",
  group: "Group",
  colour: "Colour",
  production: "Production",
  actions: "Actions",
  folded: "Folded",
});

const labelCells = Math.max(...Object.values(labels).map((label) => label.length));
const valueStart = labelCells + 4;

/** The lines of the form's fields, what is wrong with one or not taken over of it below, and which line the cursor is on. */
export function formLines(
  form: ConnectionForm,
  state: State,
  width: number,
  theme: Theme,
): { readonly lines: readonly SafeText[]; readonly cursor: number } {
  const { ellipsis, warning } = theme.glyphs;
  const lines: SafeText[] = [];
  let cursor = 0;
  for (const field of fieldsOf(form)) {
    const isHere = field === form.field;
    const mark = isHere ? theme.glyphs.cursor : safe` `;
    const label = theme.paint(isHere ? "strong" : "muted", padStart(labels[field], labelCells));
    const room = width - valueStart - 1;
    const value = isHere ? edited(form, state, room, theme) : standing(form, field, room, theme);
    lines.push(trimEnd(safe`${mark} ${label}  ${value}`));
    const problem = form.problems[field];
    // Where one types, what is not complete yet is no mistake until something stands there.
    if (problem !== undefined && (form.touched.has(field) || textIn(form, field) !== ""))
      for (const line of wrapped(safeText(`${warning} ${problem}`, 200, ellipsis), room))
        lines.push(safe`${repeated(safe` `, valueStart)}${theme.paint("warning", line)}`);
    const note = form.notes[field];
    if (note !== undefined)
      for (const line of wrapped(safeText(note, 400, ellipsis), room))
        lines.push(safe`${repeated(safe` `, valueStart)}${theme.paint("muted", line)}`);
    if (isHere) cursor = lines.length - 1;
  }
  return { lines, cursor };
}

/** What a person may see of a field: stars for each character of a password. */
function visible(form: ConnectionForm, field: FormField): string {
  const text = textIn(form, field);
  if (field === "pasted") return maskPasswords(text);
  return field === "password" ? "*".repeat(characters(text).length) : text;
}

const characters = (text: string) => [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);

function standing(form: ConnectionForm, field: FormField, room: number, theme: Theme): SafeText {
  const text = visible(form, field);
  const { ellipsis } = theme.glyphs;
  if (text !== "") return safeName(text, room, ellipsis);
  return theme.paint("muted", safeText(hint(form, field), room, ellipsis));
}

/** The field under the cursor: its choice between arrows, or its text with the cursor, scrolled so that it is seen. */
function edited(form: ConnectionForm, state: State, room: number, theme: Theme): SafeText {
  const { field } = form;
  const { ellipsis } = theme.glyphs;
  if (formChoices[field]) {
    const text = textIn(form, field) || hint(form, field) || "none";
    return theme.paint("selected", safe`< ${safeText(text)} >`);
  }
  const all = characters(visible(form, field)).map((character) => safeText(character));
  const widths = all.map(cellsOf);
  // The cursor's own cell is the last one that is shown.
  let start = form.at;
  for (let used = 1; start > 0 && used + (widths[start - 1] ?? 0) < room; start--)
    used += widths[start - 1] ?? 0;
  const before = joined(all.slice(start, form.at));
  const under = theme.paint("selected", all[form.at] ?? safe` `);
  const left = Math.max(0, room - cellsOf(before) - cellsOf(all[form.at] ?? " "));
  const rest = joined(all.slice(form.at + 1));
  const ghost = rest === "" && form.at >= all.length ? ghostOf(form, state) : "";
  const after = fit(rest, Math.min(left, cellsOf(rest)), "left", ellipsis);
  return safe`${before}${under}${after}${theme.paint("muted", safeText(ghost, left, ellipsis))}`;
}

/** What is not typed but would count, or would be typed by →. */
function ghostOf(form: ConnectionForm, state: State): string {
  return textIn(form, form.field) === "" ? ` ${hint(form, form.field)}` : completion(form, state);
}

/** What counts while a field is empty, in brackets: without colours it must not look like what was typed. */
function hint({ defaults }: ConnectionForm, field: FormField): string {
  return defaults[field] ? `(${defaults[field]})` : "";
}
