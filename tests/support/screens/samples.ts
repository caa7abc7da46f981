import type { Row } from "../../../src/views/row.ts";
import type { OkSample } from "../../../src/views/sample.ts";

/** The moment of every fixture, by the monotonic clock and by the wall clock. */
export const nowMs = 10_000_000;
export const clockMs = Date.UTC(2026, 2, 14, 14, 3, 27);

/** An answer of these rows. */
export function okSample(rows: readonly Row[], atMs = nowMs): OkSample {
  return { state: "ok", rows, atMs, clockMs: clockMs + atMs - nowMs, epoch: "1" };
}
