import { lengthOf } from "../../commands/line-edit.ts";
import { checkDraft, type DraftField, emptyDraft, type NodeDraft } from "../../config/edit/draft.ts";
import { parseDraft, suggestName } from "../../config/edit/pasted.ts";
import { colours } from "../../config/settings.ts";
import { isTemplateName, templateHarm } from "../../postgres/server.ts";
import { actionLevels } from "../../stats/action-level.ts";
import {
  type ConnectionForm,
  type FieldWords,
  type FormField,
  type FormTexts,
  fieldsOf,
  isUntouched,
  noTexts,
  textIn,
} from "../../store/connection-form.ts";
import type { GroupEntry } from "../../store/connections.ts";
import { Secret } from "../../text/secret.ts";

/** What a form is filled in and judged with. */
export type FormGround = {
  /** The names of all nodes. */
  readonly names: readonly string[];
  readonly groups: readonly string[];
  /** The clusters of the config file. */
  readonly clusters: readonly string[];
  /** What counts for a field that is left empty, as far as it is known. */
  readonly defaults: FieldWords;
};

/** The form of a node that is changed or taken as a pattern, or an empty one. */
export function formOf(
  draft: NodeDraft | null,
  { editing = null, like = null }: Partial<Pick<ConnectionForm, "editing" | "like">>,
  ground: FormGround,
): ConnectionForm {
  const form = startForm("node", draft ? textsOf(draft) : noTexts, draft === null ? "pasted" : "name");
  return checkedForm({ ...form, editing, like }, ground);
}

/** The form of a group that is changed. */
export function groupForm({ name, colour, folded }: GroupEntry): ConnectionForm {
  const texts = { ...noTexts, name, colour: colour ?? "", folded: folded ? "yes" : "no" };
  return { ...startForm("group", texts, "name"), editing: name };
}

function startForm(kind: ConnectionForm["kind"], texts: FormTexts, field: FormField): ConnectionForm {
  return {
    kind,
    editing: null,
    like: null,
    texts,
    start: texts,
    field,
    at: lengthOf(textIn({ texts }, field)),
    touched: new Set(),
    problems: {},
    notes: {},
    defaults: {},
    changed: false,
    notice: null,
    asks: null,
  };
}

const keywords = [
  ["host", "host"],
  ["port", "port"],
  ["database", "dbname"],
  ["user", "user"],
  ["sslmode", "sslmode"],
] as const satisfies readonly (readonly [FormField, string])[];

/** Whether the form says nothing new of how the server is reached and logged in to. */
export function isSameConnection(form: ConnectionForm): boolean {
  const fields = ["pasted", "password", "ssh", ...keywords.map(([field]) => field)] as const;
  return fields.every((field) => isUntouched(form, field));
}

/** The form's texts as a draft says them. */
function textsOf(draft: NodeDraft): FormTexts {
  const { name, cluster, group, colour, production, actions, ssh, parameters, variable, password } = draft;
  const fields = Object.fromEntries(keywords.map(([field, keyword]) => [field, parameters[keyword] ?? ""]));
  return {
    ...noTexts,
    ...fields,
    pasted: variable === null ? noTexts.pasted : new Secret(variable),
    name,
    cluster: cluster ?? "",
    group: group ?? "",
    colour: colour ?? "",
    production: production ? "yes" : "no",
    actions: actions ?? "",
    ssh: ssh ?? "",
    password: password ?? noTexts.password,
  };
}

/**
 * The form over what is written of its node by now, where that is not what it began with: fields that nobody has
 * touched say what is written. Null where nothing has changed.
 */
export function rebasedForm(form: ConnectionForm, draft: NodeDraft): ConnectionForm | null {
  const start = textsOf(draft);
  const differs = (field: FormField) =>
    textIn({ texts: start }, field) !== textIn({ texts: form.start }, field);
  const changed = fieldsOf(form).filter(differs);
  if (changed.length === 0) return null;
  const untouched = changed.filter((field) => isUntouched(form, field));
  const taken = Object.fromEntries(untouched.map((field) => [field, start[field]]));
  const texts = { ...form.texts, ...taken };
  return { ...form, texts, start, at: lengthOf(textIn({ texts }, form.field)) };
}

/** The form with the fields that its connection string fills; without one that can be read, as they were at the start. */
export function filledForm(form: ConnectionForm): ConnectionForm {
  const text = textIn(form, "pasted");
  const pasted = parseDraft(text);
  if (!pasted.ok || text.trim() === "") {
    // What the string's beginning alone would have meant may be a password in the field of the port.
    const kept = [...keywords.map(([field]) => field), "password"] as const;
    const start = Object.fromEntries(kept.map((field) => [field, form.start[field]]));
    return { ...form, texts: { ...form.texts, ...start } };
  }
  const { parameters, password } = pasted.draft;
  const fields = Object.fromEntries(keywords.map(([field, keyword]) => [field, parameters[keyword] ?? ""]));
  return { ...form, texts: { ...form.texts, ...fields, password: password ?? new Secret("") } };
}

const fieldOf: Readonly<Partial<Record<DraftField, FormField>>> = {
  name: "name",
  cluster: "cluster",
  group: "group",
  password: "password",
  ssh: "ssh",
  ...Object.fromEntries(keywords.map(([field, keyword]) => [keyword, field])),
};

/** The form with what is wrong with each field, and what counts where nothing is given. */
export function checkedForm(form: ConnectionForm, ground: FormGround): ConnectionForm {
  const { names, defaults, groups, clusters } = ground;
  if (form.kind === "group") return checkedGroup(form, groups);
  const taken = names.filter((name) => name !== form.editing);
  const draft = draftOf(form, null, taken);
  const problems: { [field in FormField]?: string } = {};
  // A keyword that has no field of its own came from the string.
  for (const { field: keyword, problem } of checkDraft(draft, taken)) {
    const field = fieldOf[keyword] ?? "pasted";
    // What the file has already, such as a string with several hosts, is no mistake of this form.
    if (form.editing === null || !isUntouched(form, field)) problems[field] ??= problem;
  }
  const text = textIn(form, "pasted");
  const pasted = text.trim() === "" ? null : parseDraft(text);
  if (pasted && !pasted.ok) problems.pasted = pasted.problem;
  const leftOut = pasted?.ok ? pasted.leftOut : null;
  const user = draft.parameters.user ?? defaults.user ?? "";
  const database = draft.parameters.dbname ?? defaults.database ?? user;
  return {
    ...form,
    problems,
    notes: {
      ...(draft.cluster !== null && !clusters.includes(draft.cluster) && { cluster: "a new cluster" }),
      ...(leftOut !== null && { pasted: `left out: ${leftOut}` }),
      ...(isTemplateName(database) && { database: templateHarm(database) }),
    },
    defaults: {
      pasted: "paste a URI, keyword=value pairs or a psql command",
      ...defaults,
      name: draft.name,
      database: defaults.database ?? user,
      password: form.editing === null ? "" : "stays as it is",
    },
  };
}

function checkedGroup(form: ConnectionForm, groups: readonly string[]): ConnectionForm {
  const group = form.texts.name;
  const [wrong] = checkDraft({ ...emptyDraft, name: "any", group }, []);
  const taken = group !== form.editing && groups.includes(group) ? "another group has this name" : null;
  const problem = wrong?.problem ?? taken;
  return { ...form, problems: problem === null ? {} : { name: problem } };
}

/**
 * What the form says of a node. `base` is what is written of it already: what has no field stays. An empty name is the
 * one it has, or a suggested one.
 */
export function draftOf(form: ConnectionForm, base: NodeDraft | null, taken: readonly string[]): NodeDraft {
  const text = textIn(form, "pasted");
  const pasted = text.trim() === "" ? null : parseDraft(text);
  const given = keywords.flatMap(([field, keyword]) => {
    const value = textIn(form, field).trim();
    return value === "" ? [] : [[keyword, value] as const];
  });
  const fields = new Set<string>(keywords.map(([, keyword]) => keyword));
  // A copy with another host is not at the address of its pattern.
  const isMoved = form.editing === null && !isUntouched(form, "host");
  const written = Object.entries(base?.parameters ?? {}).filter(
    ([keyword]) => keyword !== "hostaddr" || !isMoved,
  );
  const others = Object.entries({
    ...Object.fromEntries(written),
    ...(pasted?.ok ? pasted.draft.parameters : {}),
  });
  const parameters = Object.fromEntries([...given, ...others.filter(([keyword]) => !fields.has(keyword))]);
  const password = form.texts.password.reveal() === "" ? null : form.texts.password;
  const keyPassphrase = (pasted?.ok ? pasted.draft.keyPassphrase : null) ?? base?.keyPassphrase ?? null;
  const { name, cluster, group, colour, production, actions, keep } = form.texts;
  return {
    name: name || (form.editing ?? suggestName(parameters, taken)),
    cluster: cluster === "" ? null : cluster,
    group: group === "" ? null : group,
    colour: colours.find((one) => one === colour) ?? null,
    production: production === "yes",
    actions: actionLevels.find((one) => one === actions) ?? null,
    ssh: form.texts.ssh.trim() || null,
    parameters,
    variable: pasted?.ok && Object.keys(parameters).length === 0 ? pasted.draft.variable : null,
    password,
    keyPassphrase,
    passwordPlace: password === null && keyPassphrase === null ? "kept" : (places[keep] ?? "keyring"),
  };
}

const places: Readonly<Record<string, NodeDraft["passwordPlace"]>> = {
  keyring: "keyring",
  "this session": "none",
  "config file": "file",
};
