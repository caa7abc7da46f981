import { setPriority } from "node:os";
import type { Incident } from "./incident.ts";

/** What the role that runs it may have in temporary files; it needs less. */
const temporaryFileLimit = "64MB";

/**
 * On billing-1 a report lacks its join conditions: it puts pairs of invoices into a temporary file and compares each
 * with all others twice over, which takes years of processor time. The machine's other processes go first.
 */
export const runaway: Incident = {
  async stage(stage) {
    await stage
      .server("billing-1")
      .query(`alter role reporting set temp_file_limit = '${temporaryFileLimit}'`);
    const report = await stage.session("billing-1", { user: "reporting", application: "ad-hoc" });
    // One backend, and no second temporary file that grows with each pair.
    await report.run(["set max_parallel_workers_per_gather = 0"], ["set enable_material = off"]);
    yieldToOthers(report.pid);
    report.send(
      `with pairs as materialized (
  select a.customer, a.amount, b.issued from invoices a join invoices b using (customer))
select count(*), max(p.amount - q.amount) from pairs p, pairs q, pairs r
where p.amount > q.amount and q.amount > r.amount`,
    );
  },
};

/** The servers run on this machine, as our own account or, when we are root, as another one. */
function yieldToOthers(pid: number): void {
  try {
    setPriority(pid, 19);
  } catch {
    // The session ended meanwhile, or the system refuses: it is one processor at most.
  }
}
