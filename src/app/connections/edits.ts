import { basename } from "node:path";
import type { NodeDraft } from "../../config/edit/draft.ts";
import type { ConfigEdit } from "../../config/edit/edit.ts";
import { defaultFile } from "../../config/locate.ts";
import { colours } from "../../config/settings.ts";
import { withDeadline } from "../../services/schedule.ts";
import type { ConnectionForm } from "../../store/connection-form.ts";
import type { ConnectionTarget } from "../../store/screen.ts";
import { safeName } from "../../text/text.ts";
import type { ConfigSource, LiveConfig, Rewritten } from "../live-config.ts";

/** A disk that needs longer is most likely on a network that is gone. */
const savingMs = 10_000;

/** What became of an edit: it is done, in words for the footer, or why not. */
export type Outcome = { readonly ok: boolean; readonly notice: string };

const done = (notice: string): Outcome => ({ ok: true, notice });
const refused = (notice: string): Outcome => ({ ok: false, notice });

/** Changes of what is watched: in the config file, or for the rest of the run where a node is in none. */
export class ConnectionEdits {
  readonly #live: LiveConfig;
  readonly #source: ConfigSource;
  /** One edit after the other: each begins with what the one before it wrote. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(live: LiveConfig, source: ConfigSource) {
    this.#live = live;
    this.#source = source;
  }

  /** Writes a new or changed entry. `nodes` are its own until now, and what they would be without the file. */
  saveNode(form: ConnectionForm, draft: NodeDraft, nodes: Rewritten): Promise<Outcome> {
    const saved = (name: string | null) =>
      name !== null && this.#live.settings.fileNodes.includes(name) ? name : undefined;
    const editing = saved(form.editing);
    const { cluster } = draft;
    const joined = editing === undefined && cluster !== null ? `, in cluster ${safeName(cluster)}` : "";
    return this.#write(
      editing === undefined
        ? { kind: "add", draft, like: saved(form.like) }
        : { kind: "change", node: editing, draft },
      (file) => `${safeName(draft.name)} saved in ${file}${joined}`,
      nodes,
    );
  }

  async saveGroup({ editing, texts }: ConnectionForm): Promise<Outcome> {
    const { name } = texts;
    if (editing !== null && editing !== name) {
      const renamed = await this.#write({ kind: "rename group", name: editing, to: name }, () => "");
      if (!renamed.ok) return renamed;
    }
    const colour = colours.find((one) => one === texts.colour) ?? null;
    return this.#write(
      { kind: "group", name, colour, folded: texts.folded === "yes" },
      (file) => `group ${safeName(name)} saved in ${file}`,
    );
  }

  async remove({ kind, name }: ConnectionTarget): Promise<Outcome> {
    if (kind === "group")
      return this.#write(
        { kind: "delete group", name },
        (file) => `group ${safeName(name)} deleted from ${file}`,
      );
    const isSaved = this.#live.settings.fileNodes.includes(name);
    const outcome = isSaved
      ? await this.#write({ kind: "delete", node: name }, (file) => `${safeName(name)} deleted from ${file}`)
      : done(`${safeName(name)} is not watched any more`);
    if (outcome.ok && this.#live.node(name)) this.#live.drop(name);
    return outcome;
  }

  async move(name: string, group: string | null): Promise<Outcome> {
    const where = group === null ? "in no group" : `in group ${safeName(group)}`;
    const node = this.#live.node(name);
    const before = node ? [node] : [];
    const after = before.map((one) => ({ ...one, group }));
    if (this.#live.settings.fileNodes.includes(name))
      return this.#write({ kind: "move", node: name, group }, () => `${safeName(name)} is ${where} now`, {
        before,
        after,
      });
    this.#live.keep(...after);
    return done(`${safeName(name)} is ${where} until pgparade ends`);
  }

  /** Puts a group one place up or down; at an end it stays. */
  shiftGroup(name: string, distance: -1 | 1): Promise<Outcome> {
    const order = (): ConfigEdit => {
      const names = this.#live.groups.map((group) => group.name);
      const at = names.indexOf(name);
      const to = Math.max(0, Math.min(at + distance, names.length - 1));
      return { kind: "order groups", names: names.with(at, names[to] ?? name).with(to, name) };
    };
    return this.#write(order, () => `group ${safeName(name)} moved`);
  }

  /** Makes an edit in the config file, or in a new one where there is none, and applies it at once. */
  #write(
    edit: ConfigEdit | (() => ConfigEdit),
    notice: (file: string) => string,
    nodes: Rewritten = { before: [], after: [] },
  ): Promise<Outcome> {
    const write = async (): Promise<Outcome> => {
      const file = this.#live.settings.file ?? defaultFile(process.env);
      if (file === null) return refused("there is no home folder for a config file: name one with --config");
      // The YAML library costs 30 ms, which nobody pays for who changes nothing.
      const { changeConfig } = await import("../../config/edit/change.ts");
      const change = changeConfig(file, typeof edit === "function" ? edit() : edit, this.#source.load);
      const changed = await withDeadline(change, savingMs, () => new Error()).catch(() => null);
      if (!changed) return refused(`${basename(file)} does not answer: it may still be saved`);
      if (!changed.ok) return refused(this.#live.withoutFolder(changed.problem));
      const words = notice(basename(file));
      await this.#live.wrote(changed.text, words, nodes);
      return done(words);
    };
    const next = this.#last.then(write);
    this.#last = next.catch(() => {});
    return next;
  }
}
