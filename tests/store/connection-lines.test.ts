import { expect, test } from "bun:test";
import { answersOf, connectionLines } from "../../src/store/connection-lines.ts";
import { entry } from "../support/screens/connection-fixtures.ts";
import { node, observed, stateOf } from "../support/screens/fixtures.ts";
import { at } from "../support/screens/screens.tsx";

test("when a server answered last in an earlier run is no other's, whose address is the same behind a bastion", () => {
  const address = "monitor@localhost:5432/postgres";
  const stateWith = (bastion: string | null, seen = observed([])) =>
    stateOf(seen, {
      ...at({ kind: "connections" }),
      connections: { groups: [], entries: [entry("a", { address, bastion })] },
    });
  const agoThrough = (before: string | null, now: string | null) => {
    const earlierAnswers = answersOf(stateWith(before, observed([node("a")])));
    const [line] = connectionLines({ ...stateWith(now), earlierAnswers });
    return line?.kind === "node" ? line.answeredAgoMs : undefined;
  };
  expect(agoThrough(null, null)).toBeNumber();
  expect(agoThrough("gate-1", "gate-1")).toBeNumber();
  expect(agoThrough(null, "gate-1")).toBeNull();
  expect(agoThrough("gate-1", "gate-2")).toBeNull();
});
