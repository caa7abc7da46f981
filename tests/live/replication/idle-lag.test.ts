import { expect, test } from "bun:test";
import { createServer } from "../../../src/services/throwaway/create-server.ts";
import { startStandby } from "../../../src/services/throwaway/create-standby.ts";
import { openScratch } from "../../../src/services/throwaway/scratch.ts";
import { binariesOf, installMajors } from "../../support/servers/majors.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { until } from "../../support/servers/servers.ts";
import { watch } from "../../support/servers/watched.ts";

const { found } = await installMajors();
const idleMs = process.env["CI"] === "true" ? 60_000 : 15_000;
/** What an idle primary writes by itself (running transactions) is replayed within this. */
const momentSeconds = 5;

/** A primary, a standby and one below it, of one major. */
async function cascade(major: number) {
  const scratch = await openScratch("test", binariesOf(major));
  const bootstrap = ["create role monitor login in role pg_monitor"];
  const primary = await createServer(scratch, { name: `primary-${major}`, bootstrap });
  await primary.start();
  const one = await startStandby(primary, { name: `one-${major}` });
  const below = await startStandby(one, { name: `below-${major}` });
  return { scratch, primary, standbys: [one, below] };
}

test("the lag behind an idle primary is 0 and does not grow", async () => {
  const clusters = await Promise.all(
    [10, 12, 15, 18].filter((major) => found.includes(major)).map((major) => cascade(major)),
  );
  try {
    const servers = clusters.flatMap(({ primary, standbys }) => [primary, ...standbys]);
    await using watched = watch(servers.map((server) => nodeSettings(server)));
    const standbys = clusters.flatMap(({ standbys: own }) => own.map(({ name }) => name));
    const lagOf = (name: string) => watched.node(name).lag;
    const isThere = (name: string) => lagOf(name)?.bytes === 0n && lagOf(name)?.seconds === 0;
    await until(() => standbys.every(isThere), 60_000);
    const longest = new Map(standbys.map((name) => [name, 0]));
    const endMs = performance.now() + idleMs;
    await until(() => {
      for (const name of standbys) {
        // Unknown is no 0.
        const seconds = lagOf(name)?.seconds ?? Number.POSITIVE_INFINITY;
        longest.set(name, Math.max(longest.get(name) ?? 0, seconds));
      }
      return performance.now() > endMs;
    }, 2 * idleMs);
    expect([...longest].filter(([, seconds]) => seconds > momentSeconds)).toEqual([]);
    await until(() => standbys.every(isThere));
    expect(watched.negatives).toEqual([]);
  } finally {
    await Promise.all(clusters.map(({ scratch }) => scratch.destroy()));
  }
}, 180_000);
