/** Seconds that a time zone is ahead of UTC, by the hour; emptied before it grows large. */
const offsets = new Map<string, number>();
const mostOffsets = 2000;

const formats = new Map<string, Intl.DateTimeFormat | null>();

/** Null where the runtime does not know the zone: PostgreSQL has zones of its own, such as `<+03>-03`. */
function formatOf(zone: string): Intl.DateTimeFormat | null {
  const found = formats.get(zone);
  if (found !== undefined) return found;
  let format: Intl.DateTimeFormat | null = null;
  try {
    const two = "2-digit";
    format = new Intl.DateTimeFormat("en-US", {
      ...{ timeZone: zone, hourCycle: "h23", year: "numeric", month: two, day: two },
      ...{ hour: two, minute: two, second: two },
    });
  } catch {
    // A zone of its own.
  }
  formats.set(zone, format);
  return format;
}

function offsetAt(zone: string, seconds: number, now: number): number {
  const key = `${Math.floor(seconds / 3600)} ${zone}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  const format = formatOf(zone);
  if (!format) return now;
  const moment = Math.floor(seconds / 3600) * 3600;
  const parts = Object.fromEntries(
    format.formatToParts(moment * 1000).map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  const offset = Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - moment;
  if (offsets.size >= mostOffsets) offsets.clear();
  offsets.set(key, offset);
  return offset;
}

export type Zone = { readonly name: string; readonly offset: number };

/** `2026-11-27 20:20:00.123 CET`, a moment in the log's time zone, in seconds since 1970; null for something else. */
export function momentOf(text: string, zone: Zone): number | null {
  const found = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d(?:\.\d{1,6})?) ?(\S*)$/.exec(text);
  if (!found) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1, 7).map(Number);
  const wall = Date.UTC(year, month - 1, day, hour, minute) / 1000 + second;
  const abbreviation = found[7] ?? "";
  if (/^(UTC|GMT|Z|)$/.test(abbreviation)) return wall;
  const [, sign, hours, minutes = "0"] = /^([+-])(\d\d):?(\d\d)?$/.exec(abbreviation) ?? [];
  if (hours !== undefined) return wall - Number(`${sign}1`) * (Number(hours) * 3600 + Number(minutes) * 60);
  const first = offsetAt(zone.name, wall - zone.offset, zone.offset);
  return wall - offsetAt(zone.name, wall - first, zone.offset);
}
