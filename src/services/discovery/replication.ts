import type { Found } from "../../config/resolve/discovered.ts";
import { plainAnswer } from "../../discovery/members.ts";
import { readReplication, type WatchedServer } from "../../discovery/replication.ts";
import type { AddressRule } from "../../stats/address-rules.ts";
import type { Outcome } from "../../stats/discovery.ts";
import { nothingObserved, type Store } from "../../store/store.ts";
import { replication } from "../../views/replication/replication.ts";
import { pulseView } from "../../views/server/pulse.ts";
import { ConnectionManager } from "../nodes/connection-manager.ts";
import { after } from "../schedule.ts";
import { Rounds } from "../watch/rounds.ts";
import { sampleView } from "../watch/sampling.ts";
import type { Source } from "./source.ts";
import { type Watching, watchedServers } from "./watched-servers.ts";

/** The servers that are watched tell of the others, by what they are asked anyway: no question is asked for it. */
export function seenBy(store: Store, watching: () => Watching): Source<"replication"> {
  return ({ cluster, addresses, deadlineMs }, stop) =>
    new Promise((resolve) => {
      const servers = () => watchedServers(store.getState().observed, watching(), cluster);
      const done = () => {
        unsubscribe();
        callOff();
        stop.removeEventListener("abort", done);
        resolve(toldBy(servers(), addresses));
      };
      const look = () => {
        if (isSettled(servers())) done();
      };
      const unsubscribe = store.subscribe(look);
      const callOff = after(deadlineMs, done);
      stop.addEventListener("abort", done, { once: true });
      look();
    });
}

/** All written servers have told what they know, or do not answer. */
const isSettled = (servers: readonly WatchedServer[]) =>
  servers.some(({ member }) => member === null) &&
  !servers.some(({ member, state }) => member === null && state === "waiting");

function toldBy(servers: readonly WatchedServer[], rules: readonly AddressRule[]): Outcome {
  const told = readReplication(servers, rules);
  if (!told.ok) return told;
  const outcome = plainAnswer("replication", told.members);
  return outcome.ok ? { ok: true, answer: { ...outcome.answer, leftOut: told.leftOut } } : outcome;
}

/** A cascade of so many standbys is a circle, or somebody's trap. */
const deepest = 8;

/**
 * Asks the servers of a cluster once: the written ones, then those that they tell of, and so on. The nodes that these become
 * have all that the config says of them. The last ones that are asked may take longer than the deadline.
 * @param load the configuration with what was found so far
 */
export function walk(load: (found: Found) => Promise<Watching | null>): Source<"replication"> {
  return async ({ cluster, addresses, deadlineMs }, stop) => {
    const manager = new ConnectionManager();
    const rounds = new Rounds(manager, []);
    const startMs = performance.now();
    let observed = nothingObserved;
    let last: Outcome = { ok: false, why: "the config cannot be read" };
    try {
      for (let level = 0; !stop.aborted; level++) {
        const members = last.ok ? last.answer.members : [];
        const watching = await load(new Map([[cluster, members]]));
        const fresh =
          watching?.nodes.filter((one) => one.cluster === cluster && !manager.get(one.name)) ?? [];
        if (!watching || fresh.length === 0) return last;
        const isLate = level > 0 && performance.now() - startMs > deadlineMs;
        if (level === deepest || isLate) return cutShort(last, fresh.length);
        for (const node of fresh) manager.add(node);
        await Promise.all(fresh.map(({ name }) => askOnce(manager, rounds, name)));
        observed = rounds.conclude(observed);
        last = toldBy(watchedServers(observed, watching, cluster), addresses);
        if (!last.ok) return last;
      }
      return last;
    } finally {
      await manager.stop(0);
    }
  };
}

function cutShort(outcome: Outcome, unasked: number): Outcome {
  if (!outcome.ok) return outcome;
  const { answer } = outcome;
  const what = `${unasked} ${unasked === 1 ? "server was" : "servers were"} not asked for more: it takes too long`;
  return { ok: true, answer: { ...answer, leftOut: [...answer.leftOut, what] } };
}

async function askOnce(manager: ConnectionManager, rounds: Rounds, node: string): Promise<void> {
  const viewOptions = { idle: false, wholeText: false };
  for (const view of [pulseView, replication]) {
    const sample = await sampleView(manager, node, view, {
      viewOptions,
      speaksForHealth: view === pulseView,
    });
    rounds.take({ view, node, sample, pace: null });
    if (sample.state !== "ok") return;
  }
}
