/** The major version of a server_version_num: 170002 → 17, 90624 → 9. */
export function major(versionNum: number): number {
  return Math.floor(versionNum / 10_000);
}

/** A server_version_num as people write it: 170002 → "17.2"; three parts before 10: 90624 → "9.6.24". */
export function printVersion(versionNum: number): string {
  const minor = versionNum % 10_000;
  return versionNum >= 100_000
    ? `${major(versionNum)}.${minor}`
    : `${major(versionNum)}.${Math.floor(minor / 100)}.${minor % 100}`;
}

/** The server_version_num of a server_version: "18.4 (Debian 18.4-1)" → 180004, "19beta1" → 190000. Null before 10. */
export function numberOfVersion(version: string): number | null {
  const [, first = "", second = "0"] = /^(\d{2,3})(?:\.(\d{1,4}))?/.exec(version) ?? [];
  return first === "" ? null : Number(first) * 10_000 + Number(second);
}
