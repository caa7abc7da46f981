import { expect, test } from "bun:test";
import { emptyDraft } from "../../../src/config/edit/draft.ts";
import { changed, edited } from "./edited.ts";

const added = (ssh: string | null) =>
  edited("", { kind: "add", draft: { ...emptyDraft, name: "a", parameters: { host: "db" }, ssh } });

test("a new node has its bastion as a person would write it", () => {
  expect(added(null)).toBe("nodes:\n  a:\n    host: db\n");
  expect(added("bastion")).toBe("nodes:\n  a:\n    host: db\n    ssh: bastion\n");
  expect(added("me@bastion:2222")).toBe(
    "nodes:\n  a:\n    host: db\n    ssh:\n      host: bastion\n      port: 2222\n      user: me\n",
  );
});

test("another bastion changes in its place, and what else is said of it stays", () => {
  const map = `nodes:
  a:
    host: db
    ssh:            # the way in
      host: bastion
      user: me      # mine
      identity_file: ~/.ssh/key
    group: shop
`;
  expect(changed(map, "a", { ssh: "me@other:22" })).toBe(
    map.replace("host: bastion", "host: other").replace("    group:", "      port: 22\n    group:"),
  );
  expect(changed(map, "a", { ssh: "bastion" })).toBe(map.replace("      user: me      # mine\n", ""));
  expect(changed(map, "a", { group: null })).toBe(map.replace("    group: shop\n", ""));
  const way = "{ host: bastion, port: 22, user: me }";
  expect(changed(`nodes:\n  a: { host: db, ssh: ${way} }\n`, "a", { ssh: "none" })).toBe(
    "nodes:\n  a: { host: db, ssh: none }\n",
  );
  expect(changed(map, "a", { ssh: "none" })).toBe(
    map.replace("host: bastion", "host: none").replace("      user: me      # mine\n", ""),
  );
  const text = "nodes:\n  a: { host: db, ssh: bastion }\n";
  expect(changed(text, "a", { ssh: "other" })).toBe("nodes:\n  a: { host: db, ssh: other }\n");
  expect(changed(text, "a", { ssh: null })).toBe("nodes:\n  a: { host: db }\n");
  expect(changed("nodes:\n  a: host=db\n", "a", { ssh: "bastion" })).toBe(
    "nodes:\n  a:\n    connection: host=db\n    ssh: bastion\n",
  );
});
