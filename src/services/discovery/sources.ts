import type { SourceSettings } from "../../config/settings.ts";
import type { Answer, Outcome } from "../../stats/discovery.ts";
import { command } from "./command.ts";
import { patroni } from "./patroni.ts";
import type { Source } from "./source.ts";
import { srv } from "./srv.ts";

/**
 * Asks a source for the members of its cluster, by the word that names it below `discover:`.
 * @param replication what knows the watched servers
 */
export function askSource(
  settings: SourceSettings,
  stop: AbortSignal,
  known: Answer | null,
  replication: Source<"replication">,
): Promise<Outcome> {
  switch (settings.kind) {
    case "patroni":
      return patroni(settings, stop, known);
    case "srv":
      return srv(settings, stop, known);
    case "command":
      return command(settings, stop, known);
    case "replication":
      return replication(settings, stop, known);
  }
}
