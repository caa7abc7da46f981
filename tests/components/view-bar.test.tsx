import { expect, test } from "bun:test";
import type { Place } from "../../src/store/screen.ts";
import { stateOf } from "../support/screens/fixtures.ts";
import { badDay } from "../support/screens/fleet-fixtures.ts";
import { at, draw } from "../support/screens/screens.tsx";

const fleet: Place = { kind: "fleet" };
const archiver: Place = { kind: "view", view: "archiver", scope: { kind: "all" } };
const barOf = (place: Place, columns: number) => draw(stateOf(badDay, { columns, ...at(place) }))[1] ?? "";

test("the views that have keys keep them where not all views fit", () => {
  expect(barOf(fleet, 1000)).toContain(" checkpoints ");
  for (const columns of [132, 120]) {
    const bar = barOf(fleet, columns);
    for (const name of ["! alerts", "a activity", "L locks", "S replication", "E events"])
      expect(bar).toContain(` ${name} `);
    expect(bar).toContain("[fleet]");
  }
});

test("a view without a key is in brackets among those of its section", () => {
  for (const columns of [80, 100, 132, 200]) {
    const bar = barOf(archiver, columns);
    expect(bar).toContain("[archiver]");
    expect(bar).toContain(" restart ");
  }
});

test("a section with more views than fit shows those around the one on screen, and that there are more", () => {
  const place: Place = { kind: "view", view: "indexes", scope: { kind: "all" } };
  for (const columns of [60, 80, 120, 160]) {
    const bar = barOf(place, columns);
    expect(bar).toMatch(/\[indexes\] {1,2}[a-z_]+ /);
    expect(bar).toContain("…");
  }
});
