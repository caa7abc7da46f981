import type { OverlayOf } from "../../../store/screen.ts";
import { updateScreen } from "../../../store/store.ts";
import { Secret } from "../../../text/secret.ts";
import type { Context } from "../../command.ts";
import { edited } from "../../edit.ts";
import { definePrompt, text } from "../prompt.ts";

type Open = OverlayOf<"password">;

function close({ store }: Context, { over }: Open): void {
  updateScreen(store, (screen) => ({ ...screen, overlay: over }));
}

function logIn(context: Context, overlay: Open): void {
  const { node, wanted, typed, over } = overlay;
  const { actions } = context;
  close(context, overlay);
  if (typed.reveal() === "") return;
  if (wanted) actions.enterSecret(wanted, typed);
  else actions.enterPassword(node, typed);
  if (over) actions.connections.test(over.kind === "connection" ? over.form : over.node);
  actions.refresh();
}

/** Takes what a node waits for. What was typed is a Secret from the first character on. */
export const password = definePrompt<"password">({
  kind: "password",
  focus: text,
  typed: ({ typed }) => typed.reveal(),
  keys: [
    { keys: ["enter"], does: "log in", run: logIn },
    { keys: ["escape"], does: "close", run: close },
  ],
  type: ({ store }, overlay, typed) => {
    const next = new Secret(edited(overlay.typed.reveal(), typed));
    updateScreen(store, (screen) => ({ ...screen, overlay: { ...overlay, typed: next } }));
  },
});
