import { expect, test } from "bun:test";
import { nodeError } from "../../src/postgres/node-error.ts";
import { observed, stateOf, unreached } from "../support/screens/fixtures.ts";
import { at, draw } from "../support/screens/screens.tsx";

test("all of what is wrong with a node, and what to do about it, is told at 60 columns", () => {
  const hint =
    "It shows ssh-ed25519 SHA256:UcVLq6GqSbwMqHWG6Xs1PTdlFDYZjg5WL299sZnN9VU, and /home/me/.ssh/known_hosts:1 " +
    "knows another. Somebody may stand in between. Only if you know why it changed: " +
    "ssh-keygen -f /home/me/.ssh/known_hosts -R '[127.0.0.1]:29373'";
  const error = nodeError("tunnel", "changed key of ssh host bastion.example.com:29373", hint);
  const seen = observed([unreached("a", "reconnecting", error)]);
  const rows = draw(stateOf(seen, { columns: 60, rows: 20, ...at({ kind: "node", node: "a" }) }));
  const text = rows.join(" ").replace(/\s+/g, " ");
  expect(text).toContain(error.message);
  expect(text).toContain(hint);
});
