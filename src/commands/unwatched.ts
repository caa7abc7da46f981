import { canonicalHost } from "../stats/replication/topology.ts";
import { withText } from "../store/connection-form.ts";
import { rowInTable, subjectHere } from "../store/on-screen.ts";
import { type State, updateScreen } from "../store/store.ts";
import { topology } from "../views/replication/topology.ts";
import type { Command } from "./command.ts";
import { lengthOf } from "./line-edit.ts";

/** A standby that only its upstream knows, and where it connects from; null there for a Unix socket. */
type Unwatched = { readonly upstream: string; readonly name: string; readonly address: string | null };

/** The standby under the cursor of the topology that is not watched; null on any other line. */
export function unwatchedHere(state: State): Unwatched | null {
  const { row: id } = subjectHere(state);
  if (id?.view !== topology.name) return null;
  const { kind, role, name, client_addr } = rowInTable(state) ?? {};
  if (kind !== "receiver" || role !== "standby") return null;
  return {
    ...{ upstream: id.node, name: String(name) },
    address: typeof client_addr === "string" ? client_addr : null,
  };
}

/** What only a primary sees becomes a connection: it is in the cluster of its upstream, and is reached as that is. */
export const addUnwatched: Command = {
  name: "add-receiver",
  title: "Add the standby under the cursor, which is not watched: the form has its address",
  keys: ["a"],
  section: "connections",
  when: (state) => unwatchedHere(state) !== null,
  footer: { title: "add", rank: 1.15 },
  run: ({ store, actions }) => {
    const found = unwatchedHere(store.getState());
    const like = found && actions.connections.form(found.upstream, "add");
    if (!found || !like) return;
    const { host, port } = like.texts;
    const address = found.address ?? host;
    const named = withText(withText(like, "name", found.name), "host", address);
    // Its port is not told. That of its upstream is likely where no node that we know has it on that host.
    const isTaken =
      canonicalHost(address) === canonicalHost(host) ||
      Object.values(store.getState().observed.nodes).some((node) => node.address === `${address}:${port}`);
    const guess = withText(named, "port", isTaken ? "" : port);
    const at = lengthOf(guess.texts.port);
    const form = actions.connections.checked({ ...guess, field: "port", at });
    updateScreen(store, (screen) => ({ ...screen, overlay: { kind: "connection", form, test: null } }));
  },
};
