/** The zone of `log_timezone`, and the seconds that it is ahead of UTC now. */
export type Zone = { readonly name: string; readonly offset: number };

/** Hours that each abbreviation of the time zone database is ahead of UTC, where it means one offset only. */
const hoursOf: Readonly<Record<string, number>> = {
  ...{ UTC: 0, UCT: 0, GMT: 0, Z: 0, WET: 0, WEST: 1, BST: 1, CET: 1, CEST: 2, MET: 1, MEST: 2 },
  ...{ EET: 2, EEST: 3, MSK: 3 },
  ...{ NST: -3.5, NDT: -2.5, AST: -4, ADT: -3, EST: -5, EDT: -4, MST: -7, MDT: -6, PDT: -7 },
  ...{ AKST: -9, AKDT: -8, HST: -10, HDT: -9, SST: -11, CHST: 10 },
  ...{ WAT: 1, CAT: 2, SAST: 2, EAT: 3, IDT: 3, PKT: 5, WIB: 7, WITA: 8, WIT: 9, HKT: 8, JST: 9, KST: 9 },
  ...{ AWST: 8, ACST: 9.5, ACDT: 10.5, AEST: 10, AEDT: 11, NZST: 12, NZDT: 13 },
};

const northAmerica = /^(America|US|Canada|Mexico)\/|^[CP]ST\dC?[CP]DT$/;
const cuba = /^(America\/Havana|Cuba)$/;

/** The same for those that mean another offset in another zone: the first zone that fits decides. */
const hoursIn: Readonly<Record<string, readonly (readonly [zone: RegExp, hours: number])[]>> = {
  CST: [
    [cuba, -5],
    [northAmerica, -6],
    [/^(Asia\/(Shanghai|Chongqing|Chungking|Harbin|Taipei|Maca[ou])|PRC|ROC)$/, 8],
  ],
  CDT: [
    [cuba, -4],
    [northAmerica, -5],
  ],
  PST: [
    [northAmerica, -8],
    [/^Asia\/Manila$/, 8],
  ],
  IST: [
    [/^Asia\/(Kolkata|Calcutta)$/, 5.5],
    [/^(Asia\/(Jerusalem|Tel_Aviv)|Israel)$/, 2],
    [/^(Europe\/Dublin|Eire)$/, 1],
  ],
};

/**
 * Seconds that an abbreviation is ahead of UTC, null where that is unknown. An abbreviation tells summer from winter, and
 * what was written before log_timezone was changed; the zone alone tells neither.
 */
function offsetOf(abbreviation: string, { name, offset }: Zone): number | null {
  const [, sign, hours, minutes = "0"] = /^([+-])(\d\d):?(\d\d)?$/.exec(abbreviation) ?? [];
  if (hours !== undefined) return Number(`${sign}1`) * (Number(hours) * 3600 + Number(minutes) * 60);
  // A zone that has its abbreviation and no other in its name, such as `XYZ3`.
  if (/^<?([A-Za-z]{3,})>?[+-]?\d[\d:]*$/.exec(name)?.[1] === abbreviation) return offset;
  const key = abbreviation.toUpperCase();
  const found = hoursOf[key] ?? hoursIn[key]?.find(([zone]) => zone.test(name.replace(/^posix\//, "")))?.[1];
  return found === undefined ? null : found * 3600;
}

/** `2026-11-27 20:20:00.123 CET` of a log in seconds since 1970; null for something else, and where the zone is unknown. */
export function momentOf(text: string, zone: Zone): number | null {
  const found = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d(?:\.\d{1,6})?) (\S+)$/.exec(text);
  if (!found) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1, 7).map(Number);
  const offset = offsetOf(found[7] ?? "", zone);
  return offset === null ? null : Date.UTC(year, month - 1, day, hour, minute) / 1000 + second - offset;
}
