import { marksHere } from "../../../src/store/actions/marks.ts";
import { overlayIf } from "../../../src/store/screen.ts";
import type { Observed } from "../../../src/store/store.ts";
import { sitDown } from "./desk.ts";
import { backend, node, observed, okSample } from "./fixtures.ts";
import { badDay } from "./fleet-fixtures.ts";

/** At the activity of all nodes: pid 8017 of orders-1 first, which blocks 8123. */
export function atActivity(day: Observed = badDay) {
  const desk = sitDown(day);
  desk.press("a", "0");
  return Object.assign(desk, {
    question: () => overlayIf(desk.state().screen, "action")?.question ?? null,
    notice: () => desk.state().screen.notice,
    marks: () => marksHere(desk.state()).size,
  });
}

/** A day of one node with so many sessions. */
export function sessionsOf(count: number, more: Parameters<typeof node>[1] = {}): Observed {
  const rows = Array.from({ length: count }, (_, at) => backend(1000 + at, { xact_seconds: count - at }));
  return observed([node("busy", more)], undefined, {
    activity: { busy: okSample(rows) },
  });
}
