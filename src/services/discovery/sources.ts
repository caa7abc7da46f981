import type { SourceSettings } from "../../config/settings.ts";
import { patroni } from "./patroni.ts";
import type { Source } from "./source.ts";

/** Where members of a cluster can be asked for, by the word that names it below `discover:`. */
export const sources: { readonly [Kind in SourceSettings["kind"]]: Source<Kind> } = { patroni };
