import { checkedForm, filledForm, formOf } from "../../../src/app/connections/draft.ts";
import {
  type ConnectionForm,
  type FormField,
  fieldsOf,
  withText,
} from "../../../src/store/connection-form.ts";
import type { ConnectionTest } from "../../../src/store/connection-test.ts";
import type { ConnectionEntry, Connections } from "../../../src/store/connections.ts";
import { lockedKey } from "./fleet-fixtures.ts";

export function entry(name: string, more: Partial<ConnectionEntry> = {}): ConnectionEntry {
  return {
    name,
    address: `monitor@${name}.example.com:5432/postgres`,
    bastion: null,
    group: null,
    colour: null,
    production: false,
    saved: true,
    entry: name,
    foundIn: null,
    ...more,
  };
}

/** The nodes of the bad day as they stand in a config with groups, one of which has no node yet. */
export const listed: Connections = {
  groups: [
    { name: "shop", colour: "magenta", folded: false },
    { name: "new", colour: null, folded: false },
    { name: "office", colour: null, folded: false },
  ],
  entries: [
    entry("orders-1", { group: "shop", production: true }),
    entry("orders-2", { group: "shop" }),
    entry("orders-3", { group: "shop" }),
    entry("billing-1", { group: "office" }),
    entry("billing-2", { group: "office" }),
    entry("reports", { colour: "cyan", address: "monitor@/var/run/postgresql:5432/postgres" }),
    entry("archive", { group: "office" }),
    entry("parked"),
    entry("vault"),
    entry("hr", { saved: false }),
  ],
};

const ground = {
  groups: listed.groups.map(({ name }) => name),
  clusters: ["orders", "shop"],
  names: listed.entries.map(({ name }) => name),
  defaults: { host: "/var/run/postgresql", port: "5432", user: "monitor", sslmode: "prefer" },
};

export const emptyForm = formOf(null, {}, ground);

const nasty = "\u202e\u001b[2Jtrap\u0007\u200b";

/** Every text that somebody else may have written into a config file, written by somebody who means ill. */
export const hostileList: Connections = {
  groups: [{ name: nasty, colour: "red", folded: false }],
  entries: [entry("trap", { group: nasty, address: `${nasty}@${nasty}:5432/${nasty}` }), entry(nasty)],
};

/** A form after these texts were put into its fields, with the cursor in one of them. */
function filledIn(field: FormField, texts: Partial<Record<FormField, string>>): ConnectionForm {
  const start: ConnectionForm = {
    ...formOf(null, {}, ground),
    touched: new Set(fieldsOf(emptyForm)),
    changed: true,
  };
  const form = Object.entries(texts).reduce<ConnectionForm>(
    (form, [name, text]) => withText(form, fieldsOf(form).find((one) => one === name) ?? "name", text),
    start,
  );
  return checkedForm({ ...form, field, at: texts[field]?.length ?? 0 }, ground);
}

const pasted = "postgres://app:s3cret@db7.example.com:5433/shop?sslmode=verify-full&application_name=top";

/** A form into which a string was pasted; one with mistakes; one that is closed with something typed. */
export const pastedForm = checkedForm(filledForm(filledIn("pasted", { pasted })), ground);
export const wrongForm = {
  ...filledIn("port", {
    name: "vault",
    host: "-h",
    port: "54x2",
    password: "s3cret",
    group: "office",
    sslmode: "require",
  }),
  notice: "Esc again closes this and forgets what was typed",
};

export const hostileForm = filledIn("host", {
  pasted: `host=${nasty} password=s3cret`,
  name: nasty,
  host: nasty,
  password: nasty,
  group: nasty,
});

/** What tests of a connection found out, good and bad. */
export const goodTest: ConnectionTest = {
  id: 1,
  outdated: false,
  state: "done",
  wanted: null,
  unknownHost: null,
  top: 0,
  lines: [
    { label: "connect", value: "0.4 ms", meaning: "plain" },
    { label: "TLS", value: "3.1 ms", meaning: "plain" },
    { label: "authentication", value: "5.0 ms", meaning: "plain" },
    { label: "query", value: "0.6 ms", meaning: "plain" },
    { label: "version", value: "17.2 (Debian 17.2-1.pgdg120+1)", meaning: "plain" },
    { label: "role", value: "primary", meaning: "plain" },
    {
      label: "missing",
      value: "pg_stat_statements: CREATE EXTENSION pg_stat_statements",
      meaning: "warning",
    },
  ],
};
export const failedTest: ConnectionTest = {
  id: 2,
  outdated: true,
  state: "done",
  wanted: null,
  unknownHost: null,
  top: 0,
  lines: [
    { label: "connect", value: "0.4 ms", meaning: "plain" },
    {
      label: "authentication",
      value: 'password authentication failed for user "\u001b[31mapp"',
      meaning: "critical",
    },
    { label: "", value: "The password is wrong, or the role does not exist.", meaning: "warning" },
  ],
};

/** A test that ended at a locked key. */
export const lockedTest: ConnectionTest = {
  id: 3,
  outdated: false,
  state: "done",
  wanted: lockedKey,
  unknownHost: null,
  top: 0,
  lines: [
    { label: "SSH tunnel", value: `ssh wants the passphrase of ${lockedKey.of}`, meaning: "critical" },
    {
      label: "",
      value: `Set passphrase_command of ssh, or keep it in the keyring as "${lockedKey.name}".`,
      meaning: "plain",
    },
  ],
};
