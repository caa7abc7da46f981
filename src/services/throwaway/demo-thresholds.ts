/** Low enough that an incident passes them while it is watched; the ordinary workload does not. */
export const demoThresholds = {
  idle_in_transaction: { warning: "20s" },
  oldest_transaction: { warning: "1min" },
  long_query: { warning: "1min" },
  slot_inactive: { for: "0s" },
  slot_retained: { warning: "32MB", critical: "96MB" },
} as const;
