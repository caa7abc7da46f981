import { canConnect } from "../../commands/connection-form.ts";
import { questionOver } from "../../commands/host-key.ts";
import { promptOver } from "../../commands/password.ts";
import type { ConnectionForm } from "../../store/connection-form.ts";
import type { Overlay, TestOverlay } from "../../store/screen.ts";

/** Keys by their chords, and what they do, in a word. */
export type KeyHint = { readonly keys: readonly string[]; readonly does: string };

const hint = (keys: string, does: string): KeyHint => ({ keys: keys.split(" "), does });

const choosing = [hint("up down", "choose"), hint("enter", "go"), hint("escape", "close")];

/** The keys of what is open over the screen; none where typing itself says it, or any key closes. */
export function overlayKeys(overlay: Overlay): readonly KeyHint[] {
  switch (overlay.kind) {
    case "palette":
    case "picker":
    case "group":
      return choosing;
    case "password":
      return [hint("enter", "log in"), hint("escape", "close")];
    case "host-key":
      return [hint("y", "trust"), hint("escape", "no")];
    case "connection":
      if (overlay.form.asks !== null) return answers(overlay.form.asks);
      return [...secretKey(overlay, "ctrl-p"), ...hostKey(overlay, "ctrl-p"), ...formKeys(overlay.form)];
    case "connection-test":
      return [
        ...secretKey(overlay, "p"),
        ...hostKey(overlay, "T"),
        hint("t", "test again"),
        hint("escape", "close"),
      ];
    case "change":
      return overlay.change.act === "delete"
        ? [hint("y", "delete"), hint("escape", "keep")]
        : [hint("y", "move"), hint("escape", "leave it")];
    case "help":
    case "filter":
      return [];
  }
}

function secretKey(overlay: TestOverlay, key: string): readonly KeyHint[] {
  const kind = promptOver(overlay)?.wanted?.kind;
  return kind ? [hint(key, `type the ${kind}`)] : [];
}

function hostKey(overlay: TestOverlay, key: string): readonly KeyHint[] {
  return questionOver(overlay) ? [hint(key, "trust host")] : [];
}

const answers = (asked: "save" | "connect") => [hint("y", asked), hint("escape", "back to the form")];

function formKeys(form: ConnectionForm): readonly KeyHint[] {
  return [
    hint("up down", "field"),
    ...(form.kind === "node" ? [hint("ctrl-t", "test")] : []),
    hint("ctrl-s", "save"),
    hint("escape", "close"),
    ...(canConnect(form) ? [hint("ctrl-o", "connect without saving")] : []),
  ];
}
