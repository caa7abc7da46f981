import type { ConnectionActions } from "../../commands/command.ts";
import type { NodeDraft } from "../../config/edit/draft.ts";
import type { NodeSettings } from "../../config/settings.ts";
import type { ConnectionManager } from "../../services/nodes/connection-manager.ts";
import {
  followInKeyring,
  keyringName,
  removeFromKeyring,
  storeInKeyring,
} from "../../services/secrets/keyring.ts";
import { keyPassphraseOf } from "../../services/secrets/typed-secrets.ts";
import type { ConnectionForm } from "../../store/connection-form.ts";
import { type ConnectionTarget, overlayIf, placeIf, withSpot } from "../../store/screen.ts";
import { type Store, updateScreen } from "../../store/store.ts";
import { safeName } from "../../text/text.ts";
import type { ConfigSource, LiveConfig } from "../live-config.ts";
import { filledForm } from "./draft.ts";
import { ConnectionEdits, type Outcome } from "./edits.ts";
import { ConnectionForms } from "./forms.ts";
import { ConnectionTests } from "./tests.ts";

type Program = {
  readonly live: LiveConfig;
  readonly source: ConfigSource;
  readonly manager: ConnectionManager;
  readonly store: Store;
};

/** What the connections screen may ask of the configuration and of servers. */
export function connectionActions({ live, source, manager, store }: Program): ConnectionActions {
  const { files } = source;
  const forms = new ConnectionForms(live, source);
  const edits = new ConnectionEdits(live, source);
  const tests = new ConnectionTests(manager, store);

  const tell = ({ notice }: Outcome) => updateScreen(store, (screen) => ({ ...screen, notice }));
  /** Closes the form with the cursor on what was made of it; a refusal is told on it, so that nothing is lost. */
  const settle = ({ ok, notice }: Outcome, key: string) => {
    if (ok) tests.stop();
    updateScreen(store, (screen) => {
      const overlay = overlayIf(screen, "connection");
      if (!overlay) return { ...screen, notice };
      if (!ok) return { ...screen, overlay: { ...overlay, form: { ...overlay.form, notice } } };
      const next = { ...screen, overlay: null, notice };
      return placeIf(screen, "connections") ? withSpot(next, { cursor: key }) : next;
    });
  };
  const show = (form: ConnectionForm) =>
    updateScreen(store, (screen) => {
      const overlay = overlayIf(screen, "connection");
      return overlay ? { ...screen, overlay: { ...overlay, form } } : screen;
    });
  let isSaving = false;
  const save = async (form: ConnectionForm) => {
    if (form.kind === "group") return settle(await edits.saveGroup(form), `g:${form.texts.name}`);
    // All that counts is what the files say now.
    const rebased = await files.afresh(() => forms.rebased(form));
    if (rebased) return show(rebased);
    const settled = await files.afresh(() => forms.settle(form));
    if (!settled.ok) return settle({ ok: false, notice: settled.problem }, "");
    const draft = forms.draft(form);
    const { nodes } = settled;
    const before = forms.nodesOf(form);
    const key = `n:${nodes[0]?.name}`;
    // A locked keyring takes its time.
    settle({ ok: false, notice: "saving" }, key);
    // First the keyring: what it did not take must not have left the file.
    const unkept = await inKeyring(draft, before, nodes);
    const written: NodeDraft = unkept === null ? draft : { ...draft, passwordPlace: "kept" };
    const outcome = await edits.saveNode(form, written, { before, after: nodes });
    if (outcome.ok && draft.passwordPlace !== "file")
      for (const node of nodes) {
        if (draft.password) manager.enterPassword(node.name, draft.password);
        if (draft.keyPassphrase) manager.enterSecret(keyPassphraseOf(node), draft.keyPassphrase);
      }
    settle(unkept === null ? outcome : { ...outcome, notice: `${outcome.notice}; ${unkept}` }, key);
  };
  /** Has the keyring know the password under what each node will be; why it does not, or null. */
  const inKeyring = async (
    draft: NodeDraft,
    before: readonly NodeSettings[],
    after: readonly NodeSettings[],
  ) => {
    const { password, keyPassphrase, passwordPlace } = draft;
    for (const [index, node] of after.entries()) {
      const was = before[index] ?? before[0];
      if (keyPassphrase !== null && passwordPlace === "keyring") {
        const problem = await storeInKeyring(keyPassphraseOf(node).name, keyPassphrase);
        if (problem !== null) return `its key's passphrase is kept until pgparade ends: ${problem}`;
      }
      if (password !== null) {
        const name = keyringName(node);
        const problem = passwordPlace === "keyring" ? await storeInKeyring(name, password) : null;
        if (problem !== null) return `its password is kept until pgparade ends: ${problem}`;
      } else if (was) {
        const problem = await followInKeyring(was, node);
        if (problem !== null) return `its password stays under the old address: ${problem}`;
      }
    }
    return null;
  };

  /** Deletes, and has the keyring forget what no other node has, of those that are not watched now either. */
  const remove = async (target: ConnectionTarget) => {
    const isSaved = target.kind === "node" && live.settings.fileNodes.includes(target.name);
    const gone = isSaved ? forms.nodesOf({ editing: target.name }) : [];
    const outcome = await edits.remove(target);
    tell(outcome);
    const loaded = source.load();
    const others = loaded.ok ? loaded.fleet.nodes : [];
    const kept = new Set([...live.nodes, ...others].map(keyringName));
    for (const node of outcome.ok ? gone : []) {
      const problem = kept.has(keyringName(node)) ? null : await removeFromKeyring(node);
      if (problem !== null)
        return tell({
          ok: true,
          notice: `${outcome.notice}; its password is still in the keyring: ${problem}`,
        });
    }
  };

  const test = async (what: Parameters<ConnectionActions["test"]>[0]) => {
    if (typeof what !== "string") {
      const settled = await files.afresh(() => forms.settle(what));
      if (settled.ok) void tests.start(settled.nodes);
      else settle({ ok: false, notice: settled.problem }, "");
      return;
    }
    const node = live.node(what);
    if (node) void tests.start([node]);
  };
  const connectUnsaved = async (form: ConnectionForm) => {
    const settled = await files.afresh(() => forms.settle(form));
    if (!settled.ok) return settle({ ok: false, notice: settled.problem }, "");
    const { nodes } = settled;
    const { name } = forms.remember(form, nodes);
    live.keep(...nodes);
    settle({ ok: true, notice: `${safeName(name)} is watched until pgparade ends` }, `n:${nodes[0]?.name}`);
  };

  return {
    form: (name, purpose) => forms.open(name, purpose),
    groupForm: (name) => forms.openGroup(name),
    filled: filledForm,
    checked: (form) => forms.checked(form),
    test: (what) => void test(what),
    trustAndTest: (host, what) =>
      void manager.trustHost(host).then((error) => {
        if (error) settle({ ok: false, notice: error.message }, "");
        else void test(what);
      }),
    stopTest: () => tests.stop(),
    save: (form) => {
      // A second press would find what the first has just written.
      if (isSaving) return;
      isSaving = true;
      void save(form).finally(() => {
        isSaving = false;
      });
    },
    connectUnsaved: (form) => void connectUnsaved(form),
    remove: (target) => void remove(target),
    move: (node, group) => void edits.move(node, group).then(tell),
    shiftGroup: (group, distance) => void edits.shiftGroup(group, distance).then(tell),
  };
}
