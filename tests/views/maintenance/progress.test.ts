import { expect, test } from "bun:test";
import { fleetSamples } from "../../../src/store/fleet-samples.ts";
import { withKept } from "../../../src/views/compared.ts";
import { progress } from "../../../src/views/maintenance/progress.ts";
import { progressReports } from "../../../src/views/maintenance/progress-reports.ts";
import type { OkSample, Sample } from "../../../src/views/sample.ts";
import type { Row } from "../../../src/views/view.ts";
import { cluster, node, observed, okSample } from "../../support/screens/fixtures.ts";

const vacuum = (scanned: bigint, more: Row = {}): Row => ({
  ...{
    pid: 7,
    backend_start_text: "then",
    command: "VACUUM",
    relid: 1,
    phase: "scanning heap",
    unit: "blocks",
  },
  ...{ done: scanned, total: 1000n, heap_blks_scanned: scanned, heap_blks_total: 1000n, wait: null },
  ...more,
});

/** What the view shows after these looks, so many seconds apart. */
function shown(seconds: number, looks: readonly Row[], epoch: (look: number) => string = () => "1"): Row {
  const last = looks.reduce<Sample | undefined>((known, row, look) => {
    const sample: OkSample = { ...okSample([row]), atMs: look * seconds * 1000, epoch: epoch(look) };
    return withKept(progressReports, sample, known);
  }, undefined);
  const samples = { progress_reports: last ? { a: last } : {} };
  const seen = observed([node("a")], [cluster("shop", [{ name: "a", depth: 0 }])], samples);
  return progress.rows(fleetSamples(seen, ["a"]))[0] ?? {};
}

test("one look tells how far it is; two tell how fast, and when it is done", () => {
  expect(shown(1, [vacuum(250n)])).toMatchObject({ share: 25, eta_seconds: null, stalled_seconds: null });
  expect(shown(2, [vacuum(100n), vacuum(200n)])).toMatchObject({ share: 20, rate: 50, eta_seconds: 16 });
});

test("a rate follows what it does now by and by", () => {
  const slower = [0n, 100n, 200n, 210n].map((done) => vacuum(done));
  const rate = Number(shown(10, slower)["rate"]);
  expect(rate).toBeGreaterThan(1);
  expect(rate).toBeLessThan(10);
});

test("a new phase counts anew", () => {
  const next = { phase: "vacuuming heap", heap_blks_vacuumed: 5n };
  expect(shown(20, [vacuum(900n), vacuum(900n), vacuum(5n, next)])).toMatchObject({
    ...{ rate: null, eta_seconds: null, stalled_seconds: null },
  });
});

test("what counts and does not move for 10 s is stalled, and promises no end", () => {
  expect(shown(4, [vacuum(1n), vacuum(9n), vacuum(9n), vacuum(9n)])).toMatchObject({ stalled_seconds: null });
  expect(shown(4, [vacuum(1n), vacuum(9n), vacuum(9n), vacuum(9n), vacuum(9n)])).toMatchObject({
    ...{ stalled_seconds: 12, eta_seconds: null },
  });
  const moving = [vacuum(9n), vacuum(9n, { num_dead_tuples: 3n })];
  expect(shown(60, moving)).toMatchObject({ stalled_seconds: null });
});

test("a phase that counts nothing is not called stalled, unless it waits for a lock", () => {
  const sorting = vacuum(0n, {
    phase: "building index: sorting live tuples",
    unit: null,
    done: null,
    total: null,
  });
  expect(shown(60, [sorting, sorting])).toMatchObject({ stalled_seconds: null, share: null });
  const waiting = { ...sorting, wait: "Lock:relation" };
  expect(shown(60, [waiting, waiting])).toMatchObject({ stalled_seconds: 60 });
  expect(shown(60, [waiting])).toMatchObject({ stalled_seconds: 0 });
});

test("a row of another life of the server is nothing to compare with", () => {
  expect(shown(60, [vacuum(9n), vacuum(9n)], String)).toMatchObject({ stalled_seconds: null, rate: null });
});
