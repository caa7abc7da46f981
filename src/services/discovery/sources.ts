import type { SourceSettings } from "../../config/settings.ts";
import type { Answer, Outcome } from "../../stats/discovery.ts";
import { command } from "./command.ts";
import { patroni } from "./patroni.ts";
import { srv } from "./srv.ts";

/** Asks a source for the members of its cluster, by the word that names it below `discover:`. */
export function askSource(
  settings: SourceSettings,
  stop: AbortSignal,
  known: Answer | null,
): Promise<Outcome> {
  switch (settings.kind) {
    case "patroni":
      return patroni(settings, stop, known);
    case "srv":
      return srv(settings, stop, known);
    case "command":
      return command(settings, stop, known);
  }
}
