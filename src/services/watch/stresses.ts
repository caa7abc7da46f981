import { afterPulse, afterTimeout, type Stress, type StressMemory, unstressed } from "../../stats/stress.ts";
import type { OkSample } from "../../views/sample.ts";
import type { ConnectionManager } from "../nodes/connection-manager.ts";

/** Which nodes are under stress, by their pulses and by questions that end at their deadline. */
export class Stresses {
  readonly #manager: ConnectionManager;
  readonly #memories = new Map<string, StressMemory>();

  constructor(manager: ConnectionManager) {
    this.#manager = manager;
  }

  of(node: string): Stress | null {
    return this.#memories.get(node)?.stress ?? null;
  }

  /** Takes what the newest pulse of a node told. */
  pulsed(node: string, sample: OkSample): void {
    const { latencyMs = null } = this.#manager.health(node) ?? {};
    const facts = this.#manager.facts(node);
    const connections = sample.rows[0]?.["connections"];
    const slots = {
      connections: typeof connections === "number" ? connections : null,
      usable: facts && facts.maxConnections - facts.reservedConnections,
    };
    this.#change(node, (before) =>
      afterPulse(before, { latencyMs, isOverdue: false, ...slots }, performance.now()),
    );
  }

  /** Looks whether a pulse is overdue. What a user parked is asked nothing, and may be another server when it is back. */
  noticed(node: string): void {
    const health = this.#manager.health(node);
    if (!health || health.state === "disconnected") return void this.#memories.delete(node);
    // A pulse that is refused came in time.
    if (health.state !== "stale" || health.error) return;
    this.#change(node, (before) =>
      afterPulse(before, { ...before.signs, latencyMs: null, isOverdue: true }, performance.now()),
    );
  }

  /** A question for this view ended at its deadline. */
  timedOut(node: string, view: string): void {
    this.#change(node, (before) => afterTimeout(before, view, performance.now()));
  }

  rename(from: string, to: string): void {
    const memory = this.#memories.get(from);
    if (memory) this.#memories.set(to, memory);
    this.#memories.delete(from);
  }

  #change(node: string, step: (before: StressMemory) => StressMemory): void {
    this.#memories.set(node, step(this.#memories.get(node) ?? unstressed));
  }
}
