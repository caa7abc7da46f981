import type { ConnectionActions } from "../commands/command.ts";
import { draftOfNode } from "../config/draft.ts";
import { settleDraft } from "../config/draft-settings.ts";
import type { Loaded } from "../config/load.ts";
import type { NodeSettings } from "../config/settings.ts";
import type { ConnectionForm } from "../store/connection-form.ts";
import { type Store, updateScreen } from "../store/store.ts";
import { checkedForm, draftOf, type FormGround, filledForm, formOf } from "./connection-draft.ts";
import type { LiveConfig } from "./live-config.ts";

type Program = {
  readonly live: LiveConfig;
  readonly store: Store;
  /** Reads the configuration with a connection string as its only TARGET. */
  readonly loadTarget: (target: string) => Loaded;
};

/** What the connections screen may ask of the configuration and of servers. */
export function connectionActions({ live, store, loadTarget }: Program): ConnectionActions {
  let defaults: FormGround["defaults"] = {};
  const ground = (): FormGround => ({ names: live.names, defaults });
  const settle = (form: ConnectionForm) => {
    const base = form.editing === null ? undefined : live.node(form.editing);
    const taken = live.names.filter((name) => name !== form.editing);
    return settleDraft(draftOf(form, base ? draftOfNode(base) : null, taken), loadTarget, process.env, base);
  };
  const sayOnForm = (notice: string) =>
    updateScreen(store, (screen) =>
      screen.overlay?.kind === "connection"
        ? { ...screen, overlay: { ...screen.overlay, form: { ...screen.overlay.form, notice } } }
        : { ...screen, notice },
    );
  return {
    form: (name, purpose) => {
      defaults = defaultsOf(loadTarget("host=''"));
      const node = name === null ? undefined : live.node(name);
      if (name !== null && !node) return null;
      const draft = node ? draftOfNode(node) : null;
      return purpose === "change"
        ? formOf(draft, name, ground())
        : formOf(draft && { ...draft, name: "" }, null, ground());
    },
    filled: filledForm,
    checked: (form) => checkedForm(form, ground()),
    connectUnsaved: (form) => {
      const settled = settle(form);
      if (!settled.ok) sayOnForm(settled.problem);
      else {
        live.keep(settled.node);
        const notice = `${settled.node.name} is watched until pgparade ends`;
        updateScreen(store, (screen) => ({ ...screen, overlay: null, notice }));
      }
    },
  };
}

/** What counts where a form says nothing: the configuration's defaults, libpq's variables and its own defaults. */
function defaultsOf(loaded: Loaded): FormGround["defaults"] {
  const node: NodeSettings | undefined = loaded.ok ? loaded.settings.nodes[0] : undefined;
  if (!node) return {};
  const { host, port, user, dbname, sslmode } = node.connection;
  // libpq names the database after the user, who may be another on the form.
  const database = dbname === user ? {} : { database: dbname };
  return { host, port: String(port), user, sslmode, ...database };
}
