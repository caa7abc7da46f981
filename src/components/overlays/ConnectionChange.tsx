import type { Change, ConnectionTarget, OverlayOf } from "../../store/screen.ts";
import type { State } from "../../store/store.ts";
import { type SafeText, safe, trimEnd } from "../../text/safe-text.ts";
import { safeName } from "../../text/text.ts";
import { wrapped } from "../../text/wrapped.ts";
import type { BodyProps } from "../drawing/body.ts";
import type { Theme } from "../drawing/theme.ts";
import { answersOf } from "./answers.ts";

type Props = BodyProps & { readonly overlay: OverlayOf<"change"> };

/** Asks whether a connection or a group is deleted or moved; every key but y changes nothing. */
export function ConnectionChange({ overlay, ...props }: Props) {
  const { state, theme, width } = props;
  const { change } = overlay;
  const { ellipsis } = theme.glyphs;
  const { kind, name } = targetOf(change);
  const entry = kind === "node" ? entryOf(state, name) : undefined;
  const painted = theme.paint(entry?.production ? "production" : "strong", safeName(name, 60, ellipsis));
  const what = kind === "node" ? painted : safe`the group ${painted}`;
  const place = safeName(entry?.address ?? "", 80, ellipsis);
  const address = theme.paint("muted", entry?.production ? safe`${place}, production` : place);
  const isDelete = change.act === "delete";
  const lines = [
    trimEnd(safe` ${question(change, what, theme)}?  ${address}`),
    safe``,
    ...[consequence(state, change), ...(isDelete && entry?.saved ? [forgets] : [])]
      .flatMap((text) => wrapped(text, width - 4))
      .map((line) => safe`   ${theme.paint("muted", line)}`),
    safe``,
    answersOf(overlay, theme),
  ];
  return <props.Lines {...props} lines={lines} />;
}

function targetOf(change: Change): ConnectionTarget {
  if (change.act === "delete") return change.target;
  return change.act === "move" ? { kind: "node", name: change.node } : { kind: "group", name: change.group };
}

function question(change: Change, what: SafeText, theme: Theme): SafeText {
  if (change.act === "delete") return safe`Delete ${what}`;
  if (change.act === "shift") return safe`Move ${what} ${change.distance > 0 ? "down" : "up"}`;
  if (change.group === null) return safe`Take ${what} out of its group`;
  return safe`Move ${what} to the group ${theme.paint("strong", safeName(change.group, 40, theme.glyphs.ellipsis))}`;
}

const forgets = safe`The keyring forgets its password, unless another node has the same.`;

const entryOf = ({ connections }: State, node: string) =>
  connections.entries.find(({ name }) => name === node);

function consequence(state: State, change: Change): SafeText {
  const { kind, name } = targetOf(change);
  if (change.act === "shift") return safe`The order in the config file is changed.`;
  if (change.act === "move")
    return entryOf(state, name)?.saved
      ? safe`The config file is changed.`
      : safe`It is in no config file; it stays there until pgparade ends.`;
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
