import {
  type ConnectionForm,
  type FormField,
  fieldsOf,
  formChoices,
  textIn,
  withText,
} from "../store/connection-form.ts";
import { scrolledTest } from "../store/connection-test.ts";
import type { Overlay } from "../store/screen.ts";
import { type State, updateScreen } from "../store/store.ts";
import type { ConnectionActions, Context } from "./command.ts";
import type { Typed } from "./edit.ts";
import { questionOver } from "./host-key.ts";
import { editLine, lengthOf } from "./line-edit.ts";
import { promptOver } from "./password.ts";

type FormOverlay = Extract<Overlay, { kind: "connection" }>;

/** What is typed while the form is open: keys that act on it as a whole, that move between fields, or that edit one. */
export function typeInForm({ store, actions }: Context, overlay: FormOverlay, typed: Typed): void {
  const { form } = overlay;
  const { connections } = actions;
  const show = (next: ConnectionForm) => {
    const test =
      overlay.test && next.texts !== form.texts ? { ...overlay.test, outdated: true } : overlay.test;
    updateScreen(store, (screen) => ({ ...screen, overlay: { ...overlay, form: next, test } }));
  };
  const close = () => {
    connections.stopTest();
    updateScreen(store, (screen) => ({ ...screen, overlay: null }));
  };
  const prompt = promptOver(overlay) ?? questionOver(overlay);
  const move = (distance: number) => show(moved(form, distance, connections));
  const use = (how: (form: ConnectionForm) => void) => ifUsable(form, show, how);
  const ask = (asks: ConnectionForm["asks"]) => use((usable) => show({ ...usable, asks }));
  const keys: Readonly<Record<string, () => void>> = {
    escape: () => (!form.changed || form.notice === closing ? close() : show({ ...form, notice: closing })),
    "ctrl-s": () => ask("save"),
    ...(form.kind === "node" ? { "ctrl-t": () => use(connections.test) } : {}),
    ...(prompt ? { "ctrl-p": () => updateScreen(store, (screen) => ({ ...screen, overlay: prompt })) } : {}),
    // What is written already needs no connection of its own.
    ...(canConnect(form) ? { "ctrl-o": () => ask("connect") } : {}),
    enter: () => (form.field === fieldsOf(form).at(-1) ? ask("save") : move(1)),
    down: () => move(1),
    tab: () => move(1),
    up: () => move(-1),
    "shift-tab": () => move(-1),
  };
  if (form.asks !== null) {
    const answered = { ...form, asks: null };
    show(answered);
    if (typed === "y" && form.asks === "save") connections.save(answered);
    if (typed === "y" && form.asks === "connect") connections.connectUnsaved(answered);
    return;
  }
  const scrolled = typeof typed === "string" ? scrolledTest(overlay.test, typed) : null;
  if (scrolled) {
    updateScreen(store, (screen) => ({ ...screen, overlay: { ...overlay, test: scrolled } }));
    return;
  }
  const edit = () => {
    const next = edited(form, typed, store.getState());
    if (!next) return;
    const isPasted = next.field === "pasted" && next.texts !== form.texts;
    show(connections.checked(isPasted ? connections.filled(next) : next));
  };
  const act = typeof typed === "string" ? keys[typed] : undefined;
  (act ?? edit)();
}

/** Whether the form is of a connection that can be made without being saved. */
export function canConnect({ kind, editing }: ConnectionForm): boolean {
  return kind === "node" && editing === null;
}

const closing = "Esc again closes this and forgets what was typed";

/** Does something with the form, or goes to the first field that keeps it from being used. */
function ifUsable(
  form: ConnectionForm,
  show: (form: ConnectionForm) => void,
  act: (form: ConnectionForm) => void,
): void {
  const wrong = fieldsOf(form).find((field) => form.problems[field] !== undefined);
  if (wrong === undefined) act({ ...form, notice: null });
  else show({ ...atField(form, wrong), touched: new Set(fieldsOf(form)) });
}

function moved(form: ConnectionForm, distance: number, { checked }: ConnectionActions): ConnectionForm {
  const fields = fieldsOf(form);
  const to = fields[Math.max(0, Math.min(fields.indexOf(form.field) + distance, fields.length - 1))];
  const next = atField(form, to ?? form.field);
  return checked({ ...next, touched: new Set([...form.touched, form.field]) });
}

function atField(form: ConnectionForm, field: FormField): ConnectionForm {
  return { ...form, field, at: lengthOf(textIn(form, field)), notice: null };
}

/** The form with its field edited; null when what was typed does nothing there. */
function edited(form: ConnectionForm, typed: Typed, state: State): ConnectionForm | null {
  const { field, at } = form;
  const text = textIn(form, field);
  const choices = formChoices[field];
  const line = choices
    ? chosen(choices, text, typeof typed === "string" ? typed : typed.text)
    : typed === "right" && at === lengthOf(text)
      ? completed(text + completion(form, state))
      : editLine({ text, at }, typed);
  if (!line) return null;
  const next = { ...form, at: line.at, notice: null };
  return line.text === text ? next : { ...withText(next, field, line.text), changed: true };
}

/** The rest of a group's name that what was typed begins with; empty where there is none. */
export function completion(form: ConnectionForm, { connections }: State): string {
  const text = form.field === "group" ? textIn(form, "group") : "";
  const group = text === "" ? undefined : connections.groups.find(({ name }) => name.startsWith(text));
  return group?.name.slice(text.length) ?? "";
}

const completed = (text: string) => ({ text, at: lengthOf(text) });

/** Another choice: the next or the one before, around the end, or the next that begins with what was typed. */
function chosen(choices: readonly string[], text: string, typed: string) {
  const at = Math.max(0, choices.indexOf(text));
  const step = typed === "right" || typed === " " ? 1 : typed === "left" ? -1 : 0;
  const after = [...choices.slice(at + 1), ...choices.slice(0, at + 1)];
  const next =
    step === 0 ? after.find((choice) => choice.startsWith(typed)) : choices.at((at + step) % choices.length);
  return next === undefined ? null : completed(next);
}
