import { expect, test } from "bun:test";
import { issueOf } from "../../src/components/drawing/node-state.ts";
import { receiverDown, replicationLag } from "../../src/rules/standbys.ts";
import { fleetSamples } from "../../src/store/fleet-samples.ts";
import { topology } from "../../src/views/replication/topology.ts";
import { alerts } from "../../src/views/server/alerts.ts";
import { fleet } from "../../src/views/server/fleet.ts";
import { alert } from "../support/screens/alert.ts";
import { cluster, nowMs, observed, standby } from "../support/screens/fixtures.ts";
import { colourless } from "../support/screens/screens.tsx";

const subject = { kind: "standby", id: "b" } as const;
const was = alert(replicationLag.name, "critical", "replay lag 2m > 1m", {
  ...{ subject, short: "replay lag 2m", lastKnownMs: nowMs - 120_000 },
});
const is = alert(receiverDown.name, "warning", "no WAL receiver runs", { subject });
const state = observed([standby("b", { alerts: [was, is] })], [cluster("shop", [{ name: "b", depth: 0 }])]);
const seen = fleetSamples(state, ["b"]);
const words = "last known 2m ago: replay lag 2m > 1m";

test("an alert by memory alone is marked as such, and said after what is measured", () => {
  const listed = alerts
    .rows(seen)
    .map(({ text, severity, last_known_seconds: last }) => [severity, text, last]);
  expect(listed).toEqual([
    ["critical", words, 120],
    ["warning", "no WAL receiver runs", null],
  ]);
  expect(fleet.rows(seen).at(-1)).toMatchObject({
    issue: `no WAL receiver runs; ${words}`,
    level: "critical",
  });
  expect(topology.rows(seen).at(-1)).toMatchObject({
    problems: expect.arrayContaining(["no WAL receiver runs", words]),
    level: "critical",
  });
});

test("the fleet says what is so, and of a memory that it is one, however narrow", () => {
  const node = (...of: (typeof was)[]) => standby("b", { alerts: of });
  expect<string | undefined>(issueOf(node(was, is), nowMs, colourless.glyphs)[1]).toBe(
    "no WAL receiver runs (+1)",
  );
  const alone = issueOf(node(was), nowMs, colourless.glyphs);
  expect<string | undefined>(alone[1]).toBe(words);
  expect<string | undefined>(alone.at(-1)).toBe("last known: replay lag 2m");
});
