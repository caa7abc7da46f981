import {
  type ConnectionForm,
  type FormField,
  fieldsOf,
  formChoices,
  textIn,
  withText,
} from "../../../store/connection-form.ts";
import { closed, type OverlayOf } from "../../../store/screen.ts";
import { type State, updateScreen } from "../../../store/store.ts";
import type { ConnectionActions, Context } from "../../command.ts";
import type { Typed } from "../../edit.ts";
import { editLine, lengthOf } from "../../line-edit.ts";
import { definePrompt, type PromptKey } from "../prompt.ts";
import { scrollKeys, scrollTest, wantedKeys } from "./connection-test.ts";

type Open = OverlayOf<"connection">;
type Act = PromptKey<Open>["run"];

/** The form with other fields; what a test found out before is outdated then. */
function show({ store }: Context, overlay: Open, form: ConnectionForm): void {
  const { test } = overlay;
  const outdated = test && form.texts !== overlay.form.texts ? { ...test, outdated: true } : test;
  updateScreen(store, (screen) => ({ ...screen, overlay: { ...overlay, form, test: outdated } }));
}

const closing = "Esc again closes this and forgets what was typed";

const leave: Act = (context, overlay) => {
  const { form } = overlay;
  if (form.changed && form.notice !== closing) {
    show(context, overlay, { ...form, notice: closing });
    return;
  }
  context.actions.connections.stopTest();
  updateScreen(context.store, closed);
};

const move =
  (distance: number): Act =>
  (context, overlay) =>
    show(context, overlay, moved(overlay.form, distance, context.actions.connections));

/** Does something with the form, or goes to the first field that keeps it from being used. */
function use(context: Context, overlay: Open, act: (form: ConnectionForm) => void): void {
  const { form } = overlay;
  const wrong = fieldsOf(form).find((field) => form.problems[field] !== undefined);
  if (wrong === undefined) act({ ...form, notice: null });
  else show(context, overlay, { ...atField(form, wrong), touched: new Set(fieldsOf(form)) });
}

const ask =
  (asks: "save" | "connect"): Act =>
  (context, overlay) =>
    use(context, overlay, (usable) => show(context, overlay, { ...usable, asks }));

/** Back to the fields, from the question that stood over them. */
const answer: Act = (context, overlay) => show(context, overlay, { ...overlay.form, asks: null });

const yes: Act = (context, overlay) => {
  const { asks } = overlay.form;
  const { connections } = context.actions;
  answer(context, overlay, "y");
  const form = { ...overlay.form, asks: null };
  if (asks === "save") connections.save(form);
  else connections.connectUnsaved(form);
};

const isAsking = ({ form }: Open) => form.asks !== null;
const isTyping = (overlay: Open) => !isAsking(overlay);

/** The fields of a connection or a group, and the question that stands over them before it is saved. */
export const connectionForm = definePrompt<"connection">({
  kind: "connection",
  focus: (overlay) => (isAsking(overlay) ? "choice" : "text"),
  typed: ({ form }) => textIn(form, form.field),
  keys: [
    { keys: ["y"], does: ({ form }) => form.asks ?? "", when: isAsking, run: yes },
    { keys: ["escape"], does: "back to the form", when: isAsking, run: answer },
    ...wantedKeys("ctrl-p", "ctrl-p", isTyping),
    {
      keys: ["up", "down"],
      does: "field",
      when: isTyping,
      run: (context, overlay, chord) => move(chord === "up" ? -1 : 1)(context, overlay, chord),
    },
    { keys: ["shift-tab"], does: null, when: isTyping, run: move(-1) },
    { keys: ["tab"], does: null, when: isTyping, run: move(1) },
    {
      keys: ["ctrl-t"],
      does: "test",
      when: (overlay) => isTyping(overlay) && overlay.form.kind === "node",
      run: (context, overlay) => use(context, overlay, context.actions.connections.test),
    },
    { keys: ["ctrl-s"], does: "save", when: isTyping, run: ask("save") },
    { keys: ["escape"], does: "close", when: isTyping, run: leave },
    {
      keys: ["ctrl-o"],
      does: "connect without saving",
      // What is written already needs no connection of its own.
      when: (overlay) => isTyping(overlay) && canConnect(overlay.form),
      run: ask("connect"),
    },
    {
      keys: ["enter"],
      does: null,
      when: isTyping,
      run: (context, overlay, chord) => {
        const isLast = overlay.form.field === fieldsOf(overlay.form).at(-1);
        (isLast ? ask("save") : move(1))(context, overlay, chord);
      },
    },
    { keys: scrollKeys, does: null, when: isTyping, run: scrollTest },
  ],
  otherwise: (context, overlay) => answer(context, overlay, ""),
  type: (context, overlay, typed) => {
    const { form } = overlay;
    const { connections } = context.actions;
    const next = edited(form, typed, context.store.getState());
    if (!next) return;
    const isPasted = next.field === "pasted" && next.texts !== form.texts;
    show(context, overlay, connections.checked(isPasted ? connections.filled(next) : next));
  },
});

/** Whether the form is of a connection that can be made without being saved. */
function canConnect({ kind, editing }: ConnectionForm): boolean {
  return kind === "node" && editing === null;
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

/** The rest of the name of a group or cluster that what was typed begins with; empty where there is none. */
export function completion(form: ConnectionForm, { connections, observed }: State): string {
  const text = form.field === "group" || form.field === "cluster" ? textIn(form, form.field) : "";
  const clusters = observed.clusters.filter(({ heading }) => heading);
  const places = form.field === "group" ? connections.groups : clusters;
  const place = text === "" ? undefined : places.find(({ name }) => name.startsWith(text));
  return place?.name.slice(text.length) ?? "";
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
