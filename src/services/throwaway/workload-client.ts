import pg from "pg";
import { sleep } from "../schedule.ts";

const retryMs = 1500;

/** A pause in milliseconds, or a statement and its values. */
export type WorkloadStep = number | readonly [sql: string, ...values: readonly unknown[]];

/** Where a client of the workload connects to, the application_name it gives itself, and one round of its work. */
export type WorkloadClient = {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly application: string;
  readonly round: () => readonly WorkloadStep[];
};

/**
 * Repeats the rounds over one connection until `signal`. Whatever fails (a server that was stopped, a session
 * that was terminated, a statement that was cancelled) is what the demo is for: it connects again after a while,
 * and never rejects.
 */
export async function runWorkloadClient(work: WorkloadClient, signal: AbortSignal): Promise<void> {
  const { host, port, database, application } = work;
  while (!signal.aborted) {
    const options = { host, port, database, user: "app", application_name: application };
    const client = new pg.Client({ ...options, connectionTimeoutMillis: 3000 });
    client.on("error", () => {});
    try {
      await client.connect();
      while (!signal.aborted) await runRound(client, work.round(), signal);
    } catch {
      // tried again below
    }
    client.end().catch(() => {});
    await sleep(retryMs * (1 + Math.random()), signal);
  }
}

async function runRound(
  client: pg.Client,
  steps: readonly WorkloadStep[],
  signal: AbortSignal,
): Promise<void> {
  for (const step of steps) {
    if (signal.aborted) return;
    if (typeof step === "number") await sleep(step, signal);
    else await client.query(step[0], step.slice(1));
  }
}
