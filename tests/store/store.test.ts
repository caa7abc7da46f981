import { expect, test } from "bun:test";
import { withEdits } from "../../src/stats/events.ts";
import { openStore, updateEvents } from "../../src/store/store.ts";

test("an edit that changes no node observes nothing new", () => {
  const store = openStore({ columns: 80, rows: 24, refreshMs: 1000, title: "test" });
  const { observed } = store.getState();
  const edit = (added: readonly string[]) =>
    updateEvents(store, (events) =>
      withEdits(events, { renamed: [], added, reconnected: [], retuned: [] }, 5000),
    );
  edit([]);
  expect(store.getState().observed).toBe(observed);
  edit(["a"]);
  expect(store.getState().observed.events).toMatchObject([{ node: "a", text: "config: added" }]);
});
