/** What commits wait for: so many of these standbys; the name `*` is any. */
export type SyncStandbys = { readonly count: number; readonly names: readonly string[] };

const prioritized = /^\s*(?:(?:first|any)\s+)?(\d+)\s*\(([\s\S]*)\)\s*$/i;

/**
 * Reads synchronous_standby_names (PostgreSQL documentation): `FIRST 2 (a, b, c)`, `ANY 1 (a, b)`, `2 (a, b)` or a list
 * of which one is waited for. Null when commits wait for no standby.
 */
export function syncStandbys(setting: string): SyncStandbys | null {
  const [, count, inside] = prioritized.exec(setting) ?? [];
  const names = [...(inside ?? setting).matchAll(/"((?:[^"]|"")*)"|[^\s,"]+/g)].map(
    ([bare, quoted]) => quoted?.replaceAll('""', '"') ?? bare,
  );
  return names.length === 0 ? null : { count: count === undefined ? 1 : Number(count), names };
}
