import type { FormPurpose } from "../../commands/command.ts";
import { draftOfNode, type NodeDraft } from "../../config/edit/draft.ts";
import { type Settled, settleDraft } from "../../config/edit/draft-settings.ts";
import { printSshPlace } from "../../config/edit/ssh-place.ts";
import { draftOfTarget } from "../../config/edit/target-draft.ts";
import type { Loaded } from "../../config/load.ts";
import { nodeNames } from "../../config/resolve/node-names.ts";
import type { NodeSettings } from "../../config/settings.ts";
import { type ConnectionForm, isUntouched } from "../../store/connection-form.ts";
import { safeName } from "../../text/text.ts";
import type { ConfigSource, LiveConfig } from "../live-config.ts";
import {
  checkedForm,
  draftOf,
  type FormGround,
  formOf,
  groupForm,
  isSameConnection,
  rebasedForm,
} from "./draft.ts";
import { fileEntryOf } from "./list.ts";

/** A draft, and the node that it is a copy of: what no form shows comes from there when it is saved. */
type Unsaved = { readonly draft: NodeDraft } & Pick<ConnectionForm, "like">;

/** Forms over the configuration as it is now. */
export class ConnectionForms {
  readonly #live: LiveConfig;
  readonly #source: ConfigSource;
  /** What quick connections were made of, by node: what was not given is not written when they are saved. */
  readonly #unsaved = new Map<string, Unsaved>();
  #defaults: FormGround["defaults"] = {};
  #clusters: FormGround["clusters"] = [];

  constructor(live: LiveConfig, source: ConfigSource) {
    this.#live = live;
    this.#source = source;
  }

  /** An empty form, or one with what is written of a node; null when there is no such node. */
  open(name: string | null, purpose: FormPurpose): ConnectionForm | null {
    this.#defaults = defaultsOf(this.#source.loadTarget("host=''"));
    const text = this.#text();
    this.#clusters = text === null ? [] : written().clustersOf(text);
    if (name === null) return formOf(null, {}, this.#ground());
    const draft = this.#written(name);
    if (!draft) return null;
    const { ssh = null } = this.#live.node(name) ?? {};
    // Its cluster may say it.
    if (draft.ssh === null && ssh) this.#defaults = { ...this.#defaults, ssh: printSshPlace(ssh) };
    if (purpose === "change") {
      const { like = null } = this.#unsaved.get(name) ?? {};
      return formOf(draft, { editing: name, like }, this.#ground());
    }
    return formOf({ ...draft, name: "" }, { like: name }, this.#ground());
  }

  openGroup(name: string): ConnectionForm | null {
    const group = this.#live.groups.find((one) => one.name === name);
    return group ? groupForm(group) : null;
  }

  checked(form: ConnectionForm): ConnectionForm {
    return checkedForm(form, this.#ground());
  }

  /** What the form says, over what is written of the node that it changes or copies. */
  draft(form: ConnectionForm): NodeDraft {
    const pattern = form.editing ?? form.like;
    const taken = this.#live.names.filter((name) => name !== form.editing);
    return draftOf(form, pattern === null ? null : this.#written(pattern), taken);
  }

  /** The form over what somebody else has written of its node meanwhile, with a word about it; null where nobody has. */
  rebased(form: ConnectionForm): ConnectionForm | null {
    const { editing } = form;
    if (form.kind === "group" || editing === null) return null;
    if (!this.#live.node(editing))
      return this.checked({
        ...form,
        editing: null,
        notice: `${safeName(editing)} is gone meanwhile: ^S adds it anew`,
      });
    const draft = this.#inFile(editing);
    const rebased = draft && rebasedForm(form, draft);
    return (
      rebased && this.checked({ ...rebased, notice: "changed in the file meanwhile: look again, ^S saves" })
    );
  }

  /** The nodes that the form changes: all hosts of what it is about. */
  nodesOf({ editing }: Pick<ConnectionForm, "editing">): readonly NodeSettings[] {
    const node = editing === null ? undefined : this.#live.node(editing);
    if (!node) return [];
    const { settings, nodes } = this.#live;
    const isSaved = ({ name }: NodeSettings) => settings.fileNodes.includes(name);
    const entry = fileEntryOf(node.name, settings);
    const made = this.#unsaved.get(node.name);
    return nodes.filter((other) =>
      isSaved(node)
        ? isSaved(other) && fileEntryOf(other.name, settings) === entry
        : other === node || (made !== undefined && this.#unsaved.get(other.name) === made),
    );
  }

  /** The nodes that the form would be. */
  settle(form: ConnectionForm): Settled {
    const pattern = form.editing ?? form.like;
    const base = pattern === null ? undefined : this.#live.node(pattern);
    const draft = this.draft(form);
    const before = this.nodesOf(form);
    if (before.length > 0 && isSameConnection(form)) {
      // The hosts of a string have names of their own, which the form does not show.
      const names = isUntouched(form, "name") ? [] : nodeNames(draft.name, before.length);
      const { cluster, group, colour, production, actions } = draft;
      const nodes = before.map((node, index) => ({
        ...node,
        name: names[index] ?? node.name,
        cluster: isUntouched(form, "cluster") ? node.cluster : cluster,
        group,
        colour,
        production,
        actions: actions ?? node.actions,
      }));
      return { ok: true, nodes };
    }
    // Where the form takes a bastion away, what is inherited counts; a node that is taken out of its cluster is in none.
    const from = base && {
      ...base,
      ...(!isUntouched(form, "ssh") && { ssh: null }),
      ...(!isUntouched(form, "cluster") && { cluster: null }),
    };
    const settled = settleDraft(draft, this.#source.loadTarget, process.env, from);
    return settled.ok ? settled : { ok: false, problem: this.#live.withoutFolder(settled.problem) };
  }

  /** Keeps what nodes were made of that are in no file, in case they are saved later. */
  remember(form: ConnectionForm, nodes: readonly NodeSettings[]): NodeDraft {
    const draft = this.draft(form);
    const unsaved = { draft, like: form.like };
    for (const { name } of nodes) this.#unsaved.set(name, unsaved);
    return draft;
  }

  #ground(): FormGround {
    const { names, groups } = this.#live;
    return {
      ...{ names, groups: groups.map(({ name }) => name) },
      ...{ clusters: this.#clusters, defaults: this.#defaults },
    };
  }

  /** What is written of a node; of one that is in no file, what it was given. */
  #written(name: string): NodeDraft | null {
    const node = this.#live.node(name);
    if (!node) return null;
    const given = () => ({ ...(this.#unsaved.get(name)?.draft ?? this.#given(node)), group: node.group });
    return this.#inFile(name) ?? given();
  }

  #inFile(name: string): NodeDraft | null {
    const text = this.#text();
    return text === null ? null : written().draftOf(text, name);
  }

  /** The config file; null where there is none. */
  #text(): string | null {
    const { file } = this.#live.settings;
    return file === null ? null : (this.#source.files.text(file) ?? "");
  }

  /** What a TARGET says of a node, or what it is reached by when there is none. */
  #given(node: NodeSettings): NodeDraft {
    const loaded = this.#source.load();
    const entry = loaded.ok && loaded.fleet.entries.find(({ servers }) => servers.has(node.name));
    const isTarget = entry && Object.keys(entry.own.parameters).length > 0;
    return isTarget ? draftOfTarget(node, entry) : draftOfNode(node);
  }
}

/** The YAML library costs 30 ms, which nobody pays for who changes nothing. */
function written(): typeof import("../../config/edit/entry.ts") {
  return require("../../config/edit/entry.ts");
}

/** What counts where a form says nothing: the configuration's defaults, libpq's variables and its own defaults. */
function defaultsOf(loaded: Loaded): FormGround["defaults"] {
  const node = loaded.ok ? loaded.settings.nodes[0] : undefined;
  if (!node) return {};
  const { host, port, user, dbname, sslmode } = node.connection;
  // libpq names the database after the user, who may be another on the form.
  const database = dbname === user ? {} : { database: dbname };
  const ssh = node.ssh ? printSshPlace(node.ssh) : "none";
  return { host, port: String(port), user, sslmode, ssh, ...database, actions: node.actions };
}
