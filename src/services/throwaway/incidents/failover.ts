import type { Incident } from "./incident.ts";

/**
 * orders-1, a primary, crashes. Its standby orders-2 is promoted and takes over the clients; orders-3 still follows the
 * old primary and receives nothing any more.
 */
export const failover: Incident = {
  async stage(stage) {
    await stage.server("orders-1").stop("immediate");
    await stage.server("orders-2").promote();
    stage.moveClients("orders-1", "orders-2");
  },
};
