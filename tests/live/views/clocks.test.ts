import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readAll } from "../../../src/cli/headless.ts";
import type { Settings } from "../../../src/config/settings.ts";
import { createServer } from "../../../src/services/throwaway/create-server.ts";
import { createStandby } from "../../../src/services/throwaway/create-standby.ts";
import { openScratch, type Scratch } from "../../../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { askedViews } from "../../../src/views/all.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { until } from "../../support/servers/servers.ts";
import { watch } from "../../support/servers/watched.ts";

const [library] = [...new Bun.Glob("/usr/lib/*/faketime/libfaketime.so.1").scanSync("/")];

/** A folder of binaries whose servers named "slow" and "fast" are five minutes behind and ahead of all others. */
async function skewedBinaries({ binaries }: Scratch): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "pgparade-clocks-"));
  const bin = join(binaries.folder, "bin");
  await chmod(folder, 0o755);
  await mkdir(join(folder, "bin"));
  const preload = `export LD_PRELOAD='${library}' FAKETIME_DONT_FAKE_MONOTONIC=1`;
  const skew = `case "$*" in */slow/*) ${preload} FAKETIME=-300s;; */fast/*) ${preload} FAKETIME=+300s;; esac`;
  await writeFile(join(folder, "bin/postgres"), `#!/bin/sh\n${skew}\nexec '${bin}/postgres' "$@"\n`, {
    mode: 0o755,
  });
  await symlink(join(bin, "initdb"), join(folder, "bin/initdb"));
  return folder;
}

describe.skipIf(library === undefined)("clocks five minutes apart (needs libfaketime)", () => {
  const scratches: Scratch[] = [];
  let folder: string;
  let primary: ThrowawayServer;
  let standbys: ThrowawayServer[];

  beforeAll(async () => {
    const plain = await openScratch("test");
    folder = await skewedBinaries(plain);
    const skewed = await openScratch("test", folder);
    scratches.push(plain, skewed);
    const bootstrap = ["create role monitor login in role pg_monitor", "create table t (a int)"];
    primary = await createServer(skewed, { name: "primary", bootstrap });
    standbys = await Promise.all(["slow", "fast"].map((name) => createStandby(primary, { name })));
    await Promise.all([primary, ...standbys].map((server) => server.start()));
  });
  afterAll(async () => {
    for (const scratch of scratches) await scratch.destroy();
    await rm(folder, { recursive: true, force: true });
  });

  const nodes = () => [primary, ...standbys].map((server) => nodeSettings(server));

  test("no duration of any view is negative, and lag is by our clock", async () => {
    await using watched = watch(nodes(), { refreshMs: 200 });
    for (let write = 0; write < 5; write++) {
      await primary.query("insert into t values (1)");
      await until(() => standbys.every(({ name }) => watched.node(name).lag?.bytes === 0n));
    }
    // The lag may have been read before the first of these was replayed.
    await until(() => watched.node("fast").pulse?.seconds_since_replay != null);
    expect(watched.negatives).toEqual([]);
    expect(standbys.map(({ name }) => watched.node(name).pulse?.seconds_since_replay)).toEqual([
      null,
      expect.any(Number),
    ]);
    expect(standbys.flatMap(({ name }) => watched.node(name).alerts)).toEqual([]);
    for (const view of askedViews) {
      const readings = await readAll({ nodes: nodes(), clusters: [] } as unknown as Settings, view, {
        intervalMs: 0,
      });
      const rows = readings.flatMap(({ sample }) => (sample.state === "ok" ? sample.rows : []));
      const durations = Object.keys(view.columns).filter((name) => view.columns[name]?.kind === "seconds");
      const negative = rows.flatMap((row) => durations.filter((name) => Number(row[name] ?? 0) < 0));
      expect({ view: view.name, negative }).toEqual({ view: view.name, negative: [] });
    }
  });

  test("what a standby lacks is bounded by the primary's clock alone", async () => {
    for (const standby of standbys) await standby.query("select pg_catalog.pg_wal_replay_pause()");
    await primary.query("insert into t values (1)");
    await using watched = watch(nodes(), { refreshMs: 200 });
    for (const { name } of standbys) {
      const { lag } = await until(
        () => (watched.node(name).lag?.atMost ?? null) !== null && watched.node(name),
      );
      expect(lag?.atMost).toBeGreaterThan(0);
      expect(lag?.atMost).toBeLessThan(290);
    }
    expect(watched.negatives).toEqual([]);
    for (const standby of standbys) await standby.query("select pg_catalog.pg_wal_replay_resume()");
  });
});
