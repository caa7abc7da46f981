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
