import type { Incident } from "./incident.ts";

/** On billing-1 a job marks an invoice as paid and then waits for an answer that never comes, its transaction open. */
export const idleInTransaction: Incident = {
  async stage(stage) {
    const job = await stage.session("billing-1", { user: "billing_job", application: "billing-job" });
    await job.run(["begin"], ["update invoices set paid = true where id = $1 returning amount", 42]);
  },
};
