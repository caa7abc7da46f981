import { afterAll, expect, test } from "bun:test";
import { headerLine } from "../../src/components/Header.tsx";
import { stateOf } from "../support/screens/fixtures.ts";
import { badDay } from "../support/screens/fleet-fixtures.ts";
import { colourless } from "../support/screens/screens.tsx";

const { TZ } = process.env;
afterAll(() => {
  process.env["TZ"] = TZ ?? "UTC";
});

test.each([
  ["UTC", "14:03:27 UTC ►"],
  ["Asia/Kolkata", "19:33:27 +05:30 ►"],
  ["America/St_Johns", "11:33:27 -02:30 ►"],
])("the clock says the zone of %s", (zone, clock) => {
  process.env["TZ"] = zone;
  expect(`${headerLine(stateOf(badDay, { columns: 160 }), colourless, 160)}`).toEndWith(clock);
});
