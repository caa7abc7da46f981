/** What a line of the password file is chosen by: the name that was asked for, even when `hostaddr` is given. */
export type PasswordKey = {
  readonly host: string;
  readonly port: number;
  readonly dbname: string;
  readonly user: string;
};

// libpq's own default is one of the two, by how it was built; its password file calls that directory localhost.
const defaultSocketDirectories = ["/var/run/postgresql", "/tmp"];

/**
 * The password of the first line that matches, in the order of the file and not by how exact it is (libpq,
 * section "The Password File"): `host:port:database:user:password`, `*` as a whole field for anything, `\` before
 * a `:` or a `\` that is meant as such. Null when no line matches or the matching one has an empty password,
 * which libpq does not send. Whether the file may be trusted is for the caller to judge.
 */
export function findPassword(fileText: string, key: PasswordKey): string | null {
  const hosts = defaultSocketDirectories.includes(key.host) ? [key.host, "localhost"] : [key.host];
  for (const line of fileText.split("\n")) {
    if (line.startsWith("#")) continue;
    for (const host of hosts) {
      const fields = [host, String(key.port), key.dbname, key.user];
      const rest = fields.reduce<string | null>(afterField, line.replace(/\r+$/, ""));
      if (rest !== null) return unescaped(rest) || null;
    }
  }
  return null;
}

/** What follows the field of `line` when it is `wanted` or `*`; null when it is neither. */
function afterField(line: string | null, wanted: string): string | null {
  if (line === null) return null;
  if (line.startsWith("*:")) return line.slice(2);
  const field = /^(?:[^:\\]|\\.)*(?=:)/s.exec(line)?.[0];
  return field?.replace(/\\(.)/gs, "$1") === wanted ? line.slice(field.length + 1) : null;
}

/** A password ends at the first colon that is not escaped. */
function unescaped(text: string): string {
  const password = /^(?:[^:\\]|\\.|\\$)*/s.exec(text)?.[0] ?? "";
  return password.replace(/\\(.)/gs, "$1");
}
