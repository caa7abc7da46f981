import type { ConnectionEntry, Connections } from "../../src/store/connections.ts";

export function entry(name: string, more: Partial<ConnectionEntry> = {}): ConnectionEntry {
  return {
    name,
    address: `monitor@${name}.example.com:5432/postgres`,
    group: null,
    colour: null,
    production: false,
    saved: true,
    ...more,
  };
}

/** The nodes of the bad day as they stand in a config with groups, one of which has no node yet. */
export const listed: Connections = {
  groups: [
    { name: "shop", colour: "magenta" },
    { name: "new", colour: null },
    { name: "office", colour: null },
  ],
  entries: [
    entry("orders-1", { group: "shop", production: true }),
    entry("orders-2", { group: "shop" }),
    entry("orders-3", { group: "shop" }),
    entry("billing-1", { group: "office" }),
    entry("billing-2", { group: "office" }),
    entry("reports", { colour: "cyan", address: "monitor@/var/run/postgresql:5432/postgres" }),
    entry("archive", { group: "office" }),
    entry("parked"),
    entry("vault"),
    entry("hr", { saved: false }),
  ],
};
