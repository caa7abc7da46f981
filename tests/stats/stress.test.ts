import { describe, expect, test } from "bun:test";
import {
  afterPulse,
  afterTimeout,
  type Signs,
  type StressMemory,
  unstressed,
} from "../../src/stats/stress.ts";

const well: Signs = { latencyMs: 2, isOverdue: false, connections: 20, usable: 97 };

/** A clock that goes on by a second for each pulse. */
function server(signs: Partial<Signs> = {}) {
  let nowMs = 0;
  let memory: StressMemory = unstressed;
  const own = {
    pulse(change: Partial<Signs> = {}, times = 1) {
      for (let at = 0; at < times; at += 1) {
        nowMs += 1000;
        memory = afterPulse(memory, { ...well, ...signs, ...change }, nowMs);
      }
      return own;
    },
    timeout(view: string) {
      memory = afterTimeout(memory, view, nowMs);
      return own;
    },
    get stress() {
      return memory.stress;
    },
    get why() {
      return memory.stress?.why ?? null;
    },
  };
  return own;
}

describe("a server is under stress", () => {
  test("when two pulses in a row take many times as long as usual", () => {
    const seen = server().pulse({}, 20);
    expect(seen.pulse({ latencyMs: 900 }).stress).toBeNull();
    expect(seen.pulse().pulse({ latencyMs: 900 }).stress).toBeNull();
    expect(seen.pulse({ latencyMs: 903 }).stress).toEqual({
      ...{ sinceMs: 24_000, why: "pulse 903 ms (usually 2.0 ms)" },
      ...{ slower: 4, usualMs: 2 },
    });
  });

  test("but not when they take a little longer, or as long as they do over a long way", () => {
    expect(server().pulse({}, 20).pulse({ latencyMs: 400 }, 10).stress).toBeNull();
    const far = server({ latencyMs: 300 }).pulse({}, 20);
    expect(far.pulse({ latencyMs: 1400 }, 5).stress).toBeNull();
    expect(far.pulse({ latencyMs: 1600 }, 2).why).toBe("pulse 1.6 s (usually 300 ms)");
  });

  test("when they take a second and nobody knows what is usual", () => {
    expect(server().pulse({ latencyMs: 900 }, 5).stress).toBeNull();
    expect(server().pulse({ latencyMs: 1200 }, 2).why).toBe("pulse 1.2 s");
  });

  test("when its last connections are left, of few none", () => {
    expect(server().pulse({ connections: 93 }).stress).toBeNull();
    expect(server().pulse({ connections: 94 }).why).toBe("3 connections left");
    expect(server().pulse({ connections: 96 }).why).toBe("1 connection left");
    // Our role may use those that are reserved.
    expect(server().pulse({ connections: 99 }).why).toBe("no connection left");
    expect(server({ usable: 7 }).pulse({ connections: 6 }).stress).toBeNull();
    expect(server({ usable: 7 }).pulse({ connections: 7 }).why).toBe("no connection left");
    expect(server({ usable: null }).pulse({ connections: 500 }).stress).toBeNull();
    expect(server().pulse({ connections: null }).stress).toBeNull();
  });

  test("when two of its views end at their deadline within a minute; one may be too much for any server", () => {
    expect(server().pulse().timeout("tables").timeout("tables").stress).toBeNull();
    expect(server().pulse().timeout("tables").timeout("indexes").why).toBe("2 views ended at their deadline");
    expect(server().pulse().timeout("tables").pulse({}, 61).timeout("indexes").stress).toBeNull();
  });

  test("when its pulse is overdue", () => {
    expect(server().pulse().pulse({ latencyMs: null, isOverdue: true }).why).toBe("pulse overdue");
  });

  test("for all of these together", () => {
    const seen = server().pulse({}, 20).pulse({ latencyMs: 900, connections: 96 }, 2);
    expect(seen.why).toBe("pulse 900 ms (usually 2.0 ms), 1 connection left");
  });
});

describe("stress is over", () => {
  test("when all was well for 15 seconds, and says until then what was bad last", () => {
    const seen = server().pulse({}, 20).pulse({ latencyMs: 900 }, 2);
    expect(seen.pulse({}, 15).why).toBe("pulse 900 ms (usually 2.0 ms)");
    expect(seen.pulse().stress).toBeNull();
  });

  test("no sooner for a server that is only half as bad, or well between two bad moments", () => {
    const seen = server().pulse({}, 20).pulse({ latencyMs: 900 }, 2);
    expect(seen.pulse({ latencyMs: 260 }, 30).why).toBe("pulse 260 ms (usually 2.0 ms)");
    expect(seen.pulse({}, 10).pulse({ latencyMs: 300 }).pulse({}, 10).stress).not.toBeNull();
    const full = server().pulse({ connections: 97 });
    expect(full.pulse({ connections: 91 }, 30).why).toBe("6 connections left");
    expect(full.pulse({ connections: 80 }, 16).stress).toBeNull();
  });

  test("not because it has lasted: what is slow does not become usual", () => {
    expect(server().pulse({}, 20).pulse({ latencyMs: 900 }, 600).why).toBe("pulse 900 ms (usually 2.0 ms)");
  });

  test("after deadlines when they are a minute ago, and as long again as for all else", () => {
    const seen = server().pulse().timeout("tables").timeout("indexes");
    expect(seen.pulse({}, 70).stress).not.toBeNull();
    expect(seen.pulse({}, 10).stress).toBeNull();
  });
});
