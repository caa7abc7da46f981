import { closed, type OverlayOf } from "../../../store/screen.ts";
import { updateScreen } from "../../../store/store.ts";
import type { Context } from "../../command.ts";
import { choice, definePrompt } from "../prompt.ts";

const close = ({ store }: Context) => updateScreen(store, closed);

/** Asks whether the config file is changed: every key but y is a no. */
export const change = definePrompt<"change">({
  kind: "change",
  focus: choice,
  keys: [
    { keys: ["y"], does: ({ change }) => (change.act === "delete" ? "delete" : "move"), run: make },
    { keys: ["Y"], does: null, run: make },
    {
      keys: ["escape"],
      does: ({ change }) => (change.act === "delete" ? "keep" : "leave it"),
      run: close,
    },
  ],
  otherwise: close,
});

function make(context: Context, { change }: OverlayOf<"change">): void {
  const { connections } = context.actions;
  close(context);
  if (change.act === "delete") connections.remove(change.target);
  else if (change.act === "move") connections.move(change.node, change.group);
  else connections.shiftGroup(change.group, change.distance);
}
