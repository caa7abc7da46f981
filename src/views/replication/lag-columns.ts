import { bool, bytes, seconds } from "../columns.ts";
import type { Known } from "../known.ts";
import type { Row } from "../row.ts";

/** A lag that the column `lag_at_least` calls a lower bound. */
export const maybeMore = { atLeast: ({ lag_at_least: atLeast }: Row) => atLeast === true };

export const lagAtLeast = bool("LAG AT LEAST", {
  hidden: true,
  about: "the lag may be more, which > before it says: it began before what was seen",
});

/** How far a standby is behind its primary, by what is known of both. */
export const ofLag = {
  lag_bytes: bytes("lag", {
    derive: ({ lag }: Known) => lag?.bytes,
    about: "WAL of the primary that is not replayed here",
  }),
  lag_seconds: seconds("lag time", {
    ...maybeMore,
    derive: ({ lag }: Known) => lag?.seconds,
    about: "age of the oldest WAL not replayed here",
  }),
  lag_at_least: { ...lagAtLeast, derive: ({ lag }: Known) => (lag?.seconds == null ? null : lag.atLeast) },
};
