import type { ConnectionTarget, Overlay } from "../../store/screen.ts";
import type { State } from "../../store/store.ts";
import { type SafeText, safe, trimEnd } from "../../text/safe-text.ts";
import { safeName } from "../../text/text.ts";
import { wrapped } from "../../text/wrapped.ts";
import type { BodyProps } from "../drawing/body.ts";
import { Lines } from "../drawing/Lines.tsx";

type Props = BodyProps & { readonly overlay: Extract<Overlay, { kind: "connection-delete" }> };

/** Asks whether a connection or a group is deleted; every key but y keeps it. */
export function ConnectionDelete({ overlay, ...props }: Props) {
  const { state, theme, width } = props;
  const { target } = overlay;
  const { ellipsis } = theme.glyphs;
  const entry = target.kind === "node" ? entryOf(state, target.name) : undefined;
  const name = theme.paint(entry?.production ? "production" : "strong", safeName(target.name, 60, ellipsis));
  const what = target.kind === "node" ? name : safe`the group ${name}`;
  const lines = [
    trimEnd(safe` Delete ${what}?  ${theme.paint("muted", safeName(entry?.address ?? "", 80, ellipsis))}`),
    safe``,
    ...[consequence(state, target), ...(entry?.saved ? [forgets] : [])]
      .flatMap((text) => wrapped(text, width - 4))
      .map((line) => safe`   ${theme.paint("muted", line)}`),
    safe``,
    safe`   ${theme.paint("strong", safe`y`)} delete    ${theme.paint("strong", safe`Esc`)} keep (default)`,
  ];
  return <Lines {...props} lines={lines} />;
}

const forgets = safe`The keyring forgets its password, unless another node has the same.`;

const entryOf = ({ connections }: State, node: string) =>
  connections.entries.find(({ name }) => name === node);

function consequence(state: State, { kind, name }: ConnectionTarget): SafeText {
  if (kind === "group") {
    const count = state.connections.entries.filter(({ group }) => group === name).length;
    return count === 0
      ? safe`It is empty.`
      : safe`Its ${count === 1 ? "node stays" : safe`${count} nodes stay`}, in no group.`;
  }
  const entry = entryOf(state, name);
  if (!entry?.saved) return safe`It is in no config file; its sessions are closed.`;
  const hosts = state.connections.entries.filter((other) => other.saved && other.entry === entry.entry);
  return hosts.length > 1
    ? safe`It is one of ${hosts.length} hosts of ${safeName(entry.entry, 40)} in the config file: all of them are deleted.`
    : safe`It is taken out of the config file, and its sessions are closed.`;
}
