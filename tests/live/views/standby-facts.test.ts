import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { stateLooks } from "../../../src/components/drawing/node-state.ts";
import { createServer } from "../../../src/services/throwaway/create-server.ts";
import { createStandby, startStandby } from "../../../src/services/throwaway/create-standby.ts";
import { openScratch, type Scratch } from "../../../src/services/throwaway/scratch.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { binariesOf, installMajors } from "../../support/servers/majors.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { until } from "../../support/servers/servers.ts";
import { watch } from "../../support/servers/watched.ts";

const { found } = await installMajors();

describe.each([11, 12, 18].filter((major) => found.includes(major)))("PostgreSQL %d", (major) => {
  let scratch: Scratch;
  let primary: ThrowawayServer;
  let standby: ThrowawayServer;
  let archive: ThrowawayServer;
  let cascade: ThrowawayServer;

  beforeAll(async () => {
    scratch = await openScratch("test", binariesOf(major));
    const bootstrap = [
      "create role monitor login in role pg_monitor",
      "create role bare login",
      "create table t (a int)",
    ];
    primary = await createServer(scratch, { name: "primary", bootstrap });
    standby = await createStandby(primary, { name: "standby" });
    const settings: Record<string, string> =
      major < 12 ? {} : { primary_conninfo: "", restore_command: "false" };
    archive = await createStandby(primary, { name: "archive", settings });
    await Promise.all([primary, standby, archive].map((server) => server.start()));
    cascade = await startStandby(standby, { name: "cascade" });
  });
  afterAll(() => scratch.destroy(), 30_000);

  const watching = (nodes: readonly ThrowawayServer[], user = "monitor") =>
    watch(
      nodes.map((server) => nodeSettings(server, { connection: { user } })),
      { refreshMs: 200 },
    );

  test("a receiver that a role may not see is unknown, and one that is not there is none", async () => {
    await using bare = watching([standby], "bare");
    // The standby may have been asked before its receiver had begun.
    const { pulse, unknowns } = await until(
      () => bare.node("standby").pulse?.receiver === null && bare.node("standby"),
    );
    expect(pulse).toMatchObject({ receiver: null, follows: null });
    expect(unknowns.map(({ kind }) => kind)).not.toContain("receiver");
    await using monitor = watching([standby]);
    await until(() => monitor.node("standby").pulse?.receiver === "streaming");
    expect(monitor.node("standby").pulse?.follows).toBe(major < 12 ? null : true);
    expect(monitor.node("standby").unknowns).toEqual([]);
  });

  // Until 11 a server does not show its primary_conninfo.
  const sinceTwelve = major < 12 ? () => {} : test;
  sinceTwelve("a standby that reads an archive needs no receiver, and its lag is measured", async () => {
    await using watched = watching([primary, archive]);
    await until(() => watched.node("archive").pulse);
    await primary.query("insert into t values (1)");
    const behind = await until(
      () => (watched.node("archive").lag?.bytes ?? 0n) > 0n && watched.node("archive"),
    );
    expect(behind.pulse).toMatchObject({ receiver: "none", follows: false, receive_lsn: null });
    expect(behind.unknowns.map(({ kind }) => kind)).not.toContain("receiver");
    await using alone = watching([archive]);
    await until(() => alone.node("archive").unknowns.length > 0);
    expect(alone.node("archive").unknowns).toMatchObject([{ kind: "lag", reason: "replay lag is unknown" }]);
  });

  test("standbys whose sender is gone say so, watched with it or alone, and below it in a cascade", async () => {
    await primary.stop();
    await using together = watching([primary, standby, cascade]);
    await using alone = watching([standby]);
    for (const watched of [together, alone]) {
      const node = await until(() => {
        const one = watched.node("standby");
        return one.unknowns.some(({ kind }) => kind === "receiver") && one;
      });
      expect(node.pulse?.receiver).not.toBe("streaming");
      expect(node.lag?.seconds ?? null).toBeNull();
      expect(stateLooks(node)).toMatchObject({ word: "unknown", meaning: "warning" });
    }
    await until(() => together.node("cascade").pulse?.receiver === "streaming");
    await standby.stop();
    await until(() => together.node("cascade").unknowns.some(({ kind }) => kind === "receiver"));
    expect(together.negatives).toEqual([]);
  });
});
