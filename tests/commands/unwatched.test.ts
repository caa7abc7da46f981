import { expect, test } from "bun:test";
import { draftOf } from "../../src/app/connections/draft.ts";
import { commands } from "../../src/commands/all.ts";
import { applies } from "../../src/commands/command.ts";
import { emptyDraft } from "../../src/config/edit/draft.ts";
import { sitDown } from "../support/screens/desk.ts";
import { cluster, node, observed, okSample } from "../support/screens/fixtures.ts";
import { draw } from "../support/screens/screens.tsx";

const sender = {
  ...{ pid: 8, backend_start: 1, application_name: "two", client_addr: "10.0.0.9", slot_name: null },
  ...{ slot_type: null, state: "streaming", sync_state: "async", replay_lsn: 100n },
};

/** On the topology of a primary with one standby that is not watched, and the cursor on its last line. */
function atReceiver(more: object = {}) {
  const desk = sitDown(
    observed([node("a")], [cluster("shop", [{ name: "a", depth: 0 }])], {
      replication: { a: okSample([{ ...sender, ...more }]) },
    }),
  );
  desk.open({ kind: "view", view: "topology", scope: { kind: "all" } });
  desk.press("G");
  const form = () => {
    const { overlay } = desk.state().screen;
    return overlay?.kind === "connection" ? overlay.form : null;
  };
  const keyed = () =>
    commands.filter((one) => one.keys.includes("a") && applies(one, desk.state())).map(({ name }) => name);
  return { desk, form, keyed };
}

test("a standby that is not watched is added with the address that it connects from", () => {
  const { desk, form, keyed } = atReceiver();
  expect(keyed()).toEqual(["add-receiver"]);
  desk.press("a");
  expect(form()).toMatchObject({ editing: null, like: "a", field: "port" });
  expect(form()?.texts).toMatchObject({ name: "two", host: "10.0.0.9", cluster: "shop" });
  desk.press("escape");
  expect(form()).toBeNull();
});

test.each([
  ["10.0.0.9:5432", "6102"],
  ["10.0.0.9:6102", ""],
])("the port of its upstream is proposed unless a node is there: beside %s it is '%s'", (address, port) => {
  const desk = sitDown(
    observed([node("a"), node("b", { address })], [cluster("shop", [{ name: "a", depth: 0 }])], {
      replication: { a: okSample([sender]) },
    }),
  );
  desk.open({ kind: "view", view: "topology", scope: { kind: "all" } });
  desk.press("G", "a");
  const { overlay } = desk.state().screen;
  expect(overlay?.kind === "connection" ? overlay.form.texts.port : null).toBe(port);
});

test("one on a Unix socket is where its upstream is", () => {
  const { desk, form } = atReceiver({ client_addr: null });
  desk.press("a");
  expect(form()?.texts).toMatchObject({ name: "two", host: "" });
});

test.each([
  ["what does not replay", { replay_lsn: null }],
  ["a base backup", { state: "backup", replay_lsn: null }],
  ["a consumer of changes", { slot_type: "logical", slot_name: "debezium" }],
])("%s is no server to watch: the key is that of the activity", (_, more) => {
  const { desk, form, keyed } = atReceiver(more);
  expect(keyed()).toEqual(["activity"]);
  desk.press("a");
  expect(form()).toBeNull();
  expect(desk.place).toMatchObject({ view: "activity" });
});

test("a copy with another host is not at the hostaddr of its pattern", () => {
  const { desk, form } = atReceiver();
  desk.press("a");
  const made = form();
  if (!made) throw new Error("no form");
  const pattern = { ...emptyDraft, parameters: { host: "a", hostaddr: "10.0.0.1", options: "-c geqo=off" } };
  expect(draftOf(made, pattern, []).parameters).toEqual({
    host: "10.0.0.9",
    port: "6102",
    options: "-c geqo=off",
  });
  const same = { ...made, texts: made.start };
  expect(draftOf(same, pattern, []).parameters).toMatchObject({ hostaddr: "10.0.0.1" });
});

test("its cluster is that of its upstream, another one, a new one, or none", () => {
  const { desk, form } = atReceiver();
  desk.press("a", ...Array.from({ length: 7 }, () => "down"));
  expect(form()).toMatchObject({ field: "cluster", texts: { cluster: "shop" } });
  const draft = () => {
    const made = form();
    return made && draftOf(made, null, []).cluster;
  };
  expect([draft(), form()?.notes.cluster]).toEqual(["shop", undefined]);
  desk.type("2");
  expect([draft(), form()?.notes.cluster]).toEqual(["shop2", "a new cluster"]);
  expect(draw(desk.state()).join("\n")).toMatch(/Cluster +shop2 *\n +a new cluster/);
  desk.press("ctrl-u");
  expect(draft()).toBeNull();
  // What a cluster of the screen begins with is completed.
  desk.type("sh");
  desk.press("right");
  expect([draft(), form()?.notes.cluster]).toEqual(["shop", undefined]);
  desk.press("ctrl-s");
  expect(draw(desk.state()).join("\n")).toContain("Add two to the config file, in cluster shop? y saves it");
});
