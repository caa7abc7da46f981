import { text } from "../columns.ts";
import type { Row } from "../row.ts";
import { textsWhereGranted } from "../server/granted.ts";
import { withoutSecrets } from "./setting-sql.ts";
import { valueOfLine, valueWithUnit } from "./units.ts";

const readsFiles = "pg_catalog.pg_show_all_file_settings()";
const mayRead = `pg_catalog.has_function_privilege('${readsFiles}', 'execute')`;

/** `name=value` of the last line for each setting. The files are read only while a setting waits for a restart. */
const lastLines = textsWhereGranted(
  readsFiles,
  `f.name || '=' || ${withoutSecrets("f.name", "f.setting")}`,
  `(select l.name, l.setting, l.seqno = pg_catalog.max(l.seqno) over (partition by l.name) as counts
    from ${readsFiles} as l) as f where f.counts and pg_catalog.octet_length(f.setting) < 1900`,
  "exists (select from pg_catalog.pg_settings as w where w.pending_restart)",
);

/** SQL that joins {@link waiting} to the settings `s`. */
export const joinedLines = `
left join ${lastLines} as line
  on pg_catalog.substr(pg_catalog.textsend(line.held), 1, pg_catalog.octet_length(s.name) + 1) = pg_catalog.textsend(s.name || '=')`;

/** SQL for {@link waitingColumns} of a setting `s`. One that no line sets gets the value that the server was built with. */
export const waiting = (bootValue: string): string => `
  case when s.pending_restart and ${mayRead}
    then ${valueWithUnit(`coalesce(line.held, s.name || '=' || ${bootValue})`, "s.unit")} end as pending_value,
  case when s.pending_restart and not ${mayRead}
    then 'GRANT EXECUTE ON FUNCTION ${readsFiles} TO ' || pg_catalog.quote_ident(current_user) end as needs`;

export const waitingColumns = {
  pending_value: valueOfLine("WAITS", {
    usual: [],
    priority: 1,
    maxWidth: 24,
    about:
      "the value that a restart gives it, as the file has it; unknown without the right to execute pg_show_all_file_settings()",
  }),
  needs: text("NEEDS", { hidden: true, about: "the GRANT without which the value that waits is unknown" }),
};

/** The values that wait and that the role may not read. */
export function unreadIn(rows: readonly Row[]): string[] {
  const grant = rows.find(({ needs }) => typeof needs === "string")?.["needs"];
  return grant === undefined ? [] : [`the values that wait for a restart are unknown: ${grant}`];
}
