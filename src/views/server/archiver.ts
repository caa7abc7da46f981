import { seconds } from "../columns.ts";
import { defineConclusion } from "../view.ts";
import { type ArchiveStatus, archiveStatus } from "./archive-status.ts";
import { type ArchiverStatistics, archiverStatistics } from "./archiver-statistics.ts";

const { archive_mode, archived_by, failing, ...counts } = archiverStatistics.columns;
const { backlog, waiting_seconds } = archiveStatus.columns;

/** How the archiving of WAL goes, and what waits for it. */
export const archiver = defineConclusion({
  name: "archiver",
  title: "Archiver",
  section: "server",
  source: `${archiverStatistics.source}, ${archiveStatus.source}`,
  needs: [archiverStatistics, archiveStatus],
  rowKey: [],
  sortBy: "-failing",
  sign: ({ failing }) => (failing === true ? "warning" : "ok"),
  withheld: ({ failing, failing_seconds }) =>
    failing === true && failing_seconds === null ? "durations" : null,
  lacks: ({ archived_by }, column) => archived_by === null && column === "backlog",
  columns: {
    ...{ archive_mode, archived_by },
    // Drawn as a sign and as the time since when.
    failing: { ...failing, hidden: true },
    failing_seconds: seconds("FAILING FOR", {
      priority: 0,
      since: 120000,
      about: "since when attempts fail, where they do: the file before was archived then, and this one ready",
      severity: () => "warning",
    }),
    ...{ backlog, waiting_seconds },
    ...counts,
  },
  rows: (fleet) =>
    fleet.nodes.flatMap(({ name }) => {
      // The rows are finished by the columns of these views.
      const [own] = (fleet.rows(archiverStatistics, name) ?? []) as readonly ArchiverStatistics[];
      const [status] = (fleet.rows(archiveStatus, name) ?? []) as readonly ArchiveStatus[];
      if (!own) return [];
      // A server that does not archive has nothing that waits, also where it was a primary at the other look.
      const waits = own.archived_by === null ? undefined : status;
      const waiting_seconds = waits?.waiting_seconds ?? null;
      const failing_seconds = own.failing === true ? failingFor(own, waiting_seconds) : null;
      return [{ ...own, node: name, failing_seconds, backlog: waits?.backlog ?? null, waiting_seconds }];
    }),
});

/** The first attempt that failed was made when the file before was done and this one was ready. */
function failingFor({ last_archived_seconds: done }: ArchiverStatistics, waiting: number | null) {
  return waiting === null ? null : Math.min(waiting, done ?? waiting);
}
