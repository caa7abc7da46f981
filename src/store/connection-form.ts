import { actionLevels } from "../stats/action-level.ts";
import { Secret } from "../text/secret.ts";

/** Every field there is. Those of a connection are in the order in which they stand. */
const allFields = [
  "pasted",
  "name",
  "host",
  "port",
  "database",
  "user",
  "password",
  "keep",
  "sslmode",
  "ssh",
  "cluster",
  "group",
  "colour",
  "production",
  "actions",
  "folded",
] as const;

export type FormField = (typeof allFields)[number];
type SecretField = "pasted" | "password";

/** What stands in each field, as it was typed; empty is not given. A connection string may hold a password too. */
export type FormTexts = Readonly<Record<Exclude<FormField, SecretField>, string>> &
  Readonly<Record<SecretField, Secret>>;

/** Words about single fields: what is wrong with one, or what counts while it is empty. */
export type FieldWords = Readonly<Partial<Record<FormField, string>>>;

/** A connection or a group while it is typed. */
export type ConnectionForm = {
  readonly kind: "node" | "group";
  /** The node or group that is changed; null for a new one. */
  readonly editing: string | null;
  /** The node that a new one is a copy of; null for a new one that is like no other. */
  readonly like: string | null;
  readonly texts: FormTexts;
  /** What the fields held at the start. */
  readonly start: FormTexts;
  readonly field: FormField;
  /** Where the cursor is in its text, in characters as a person counts them. */
  readonly at: number;
  /** Fields that were left once: what is wrong with them is told, but nobody is nagged about the next one. */
  readonly touched: ReadonlySet<FormField>;
  readonly problems: FieldWords;
  /** What the form takes over of a field only in part, such as the names that it leaves out of a connection string. */
  readonly notes: FieldWords;
  readonly defaults: FieldWords;
  /** Whether anything was typed, so that Esc would lose it. */
  readonly changed: boolean;
  /** What is said of the form as a whole: why it could not be saved, or that another Esc closes it. */
  readonly notice: string | null;
  /** What waits for a yes; null while fields are typed. */
  readonly asks: "save" | "connect" | null;
};

export const noTexts: FormTexts = {
  pasted: new Secret(""),
  name: "",
  host: "",
  port: "",
  database: "",
  user: "",
  password: new Secret(""),
  keep: "keyring",
  sslmode: "",
  ssh: "",
  cluster: "",
  group: "",
  colour: "",
  production: "no",
  actions: "",
  folded: "no",
};

const fields: Readonly<Record<ConnectionForm["kind"], readonly FormField[]>> = {
  node: allFields.filter((field) => field !== "folded"),
  group: ["name", "colour", "folded"],
};

/** The fields of a form from top to bottom. */
export function fieldsOf({ kind }: ConnectionForm): readonly FormField[] {
  return fields[kind];
}

/** Fields of which one chooses, with the choices in their order. The first may be empty for "not given". */
export const formChoices: Readonly<Partial<Record<FormField, readonly string[]>>> = {
  keep: ["keyring", "this session", "config file"],
  sslmode: ["", "disable", "allow", "prefer", "require", "verify-ca", "verify-full"],
  colour: ["", "red", "green", "yellow", "blue", "magenta", "cyan", "white", "gray"],
  production: ["no", "yes"],
  actions: ["", ...actionLevels],
  folded: ["no", "yes"],
};

/** The text in a field, as it is edited. */
export function textIn({ texts }: Pick<ConnectionForm, "texts">, field: FormField): string {
  const value = texts[field];
  return typeof value === "string" ? value : value.reveal();
}

/** Whether a field holds what it held at the start. */
export function isUntouched(form: ConnectionForm, field: FormField): boolean {
  return textIn(form, field) === textIn({ texts: form.start }, field);
}

/** The form with another text in a field. */
export function withText(form: ConnectionForm, field: FormField, text: string): ConnectionForm {
  const value = field === "pasted" || field === "password" ? new Secret(text) : text;
  return { ...form, texts: { ...form.texts, [field]: value } };
}
