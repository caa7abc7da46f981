import { sleep } from "../../schedule.ts";
import type { Incident, Stage } from "./incident.ts";
import type { StagedSession, Statement } from "./staged-session.ts";

/** What the slot may keep; the import pauses there, so that it fills no disk. */
const mostKeptBytes = 128 * 1024 ** 2;
const pauseMs = 1000;

/**
 * billing-1 has the slot of a standby that was taken away. No standby reads it any more, so the server keeps all WAL from
 * then on, while an import writes about 2 MB of it a second.
 */
export const slot: Incident = {
  async stage(stage) {
    await stage
      .server("billing-1")
      .query("select pg_catalog.pg_create_physical_replication_slot('billing_3', true)");
    const session = await stage.session("billing-1", { user: "billing_job", application: "price-import" });
    await session.run([
      "create table prices (article integer not null, price numeric(10, 2) not null, note text not null)",
    ]);
    void importAgainAndAgain(stage, session);
  },
};

/** Until the slot is dropped or the session ends; an import that is cancelled is tried again. */
async function importAgainAndAgain(stage: Stage, session: StagedSession): Promise<void> {
  while (session.isOpen()) {
    const kept = await keptBytes(stage).catch(() => mostKeptBytes);
    if (kept === null) return;
    if (kept < mostKeptBytes) await session.run(...replacePrices).catch(() => {});
    await sleep(pauseMs, stage.closing);
  }
}

/** About 2 MB of WAL; the table is as large after each as before. */
const replacePrices: readonly Statement[] = [
  ["begin"],
  ["truncate prices"],
  ["insert into prices select n, 1 + n % 900, repeat('import ', 20) from generate_series(1, 10000) n"],
  ["commit"],
];

/** Bytes of WAL from the slot's position on; null when the slot is gone. */
async function keptBytes(stage: Stage): Promise<number | null> {
  const [row] = await stage.server("billing-1").query<{ kept: number | null }>(
    `select pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), s.restart_lsn)::float8 as kept
     from pg_catalog.pg_replication_slots as s where s.slot_name = 'billing_3'`,
  );
  return row?.kept ?? null;
}
