/**
 * A value of `conninfo` in pg_stat_wal_receiver (10 or newer), which joins keywords and values without quotes and shows
 * no password; null where it does not name the keyword. A value with a blank before something like a keyword is cut there.
 */
function shownValue(conninfo: string, keyword: string): string | null {
  return new RegExp(`(?:^| )${keyword}=(.*?)(?= [a-z_]+=|$)`, "s").exec(conninfo)?.[1] || null;
}

/** The application_name that a WAL receiver logged in with. */
export function receiverName(conninfo: string): string | null {
  return shownValue(conninfo, "application_name") ?? shownValue(conninfo, "fallback_application_name");
}

/** Where a WAL receiver logged in, for 10, which has no sender_host; null where it is one of several. */
export function receiverHost(conninfo: string): { readonly host: string; readonly port: number } | null {
  const host = shownValue(conninfo, "host") ?? shownValue(conninfo, "hostaddr");
  const port = Number(shownValue(conninfo, "port") ?? Number.NaN);
  return host === null || host.includes(",") || !Number.isInteger(port) ? null : { host, port };
}
