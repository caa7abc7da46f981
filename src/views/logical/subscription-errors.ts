import { hasErrors, subscriptionState } from "../../stats/replication/subscription-state.ts";
import { lastAnswer } from "../compared.ts";
import { messagesOn } from "../log/log.ts";
import { isCollected, logSettings } from "../log/log-settings.ts";
import { logTail } from "../log/log-tail.ts";
import type { AskedWhere, FleetSamples, OnlyWhere } from "../view.ts";
import { type SubscriptionWorker, subscriptionWorkers } from "./subscription-workers.ts";

type Samples = Pick<FleetSamples, "sample">;

/** Errors were counted, and it does not go on. The counters are of 15 and later. */
const hasFailed = (row: SubscriptionWorker): boolean =>
  hasErrors(row) && subscriptionState(row) !== "applying";

const fails: OnlyWhere = {
  view: subscriptionWorkers,
  // The rows are decoded by the columns of the view.
  holds: (rows) => (rows as readonly SubscriptionWorker[]).some(hasFailed),
};

const isLogged: OnlyWhere = { view: logSettings, holds: (rows) => rows.some(isCollected) };

/** A server tells the text of the error in its log alone, which is read where a subscription fails. */
export const errorNeedsToo: readonly AskedWhere[] = [
  { view: logSettings, isExtra: true, onlyWhere: fails },
  { view: logTail, isExtra: true, onlyWhere: { ...isLogged, and: fails } },
];

const holdsOn = ({ view, holds }: OnlyWhere, { sample }: Samples, node: string) =>
  holds(lastAnswer(sample(view, node))?.rows ?? []);

/** The last error of a subscription, in the words of its server's log; the context has the position that can be skipped. */
export type SubscriptionError = { readonly text: string; readonly context: string };

/**
 * Null where it goes on, and where the log is not read or has no error of it. The worker's origin is named in the
 * context of its errors (15): `pg_` and the subscription's OID, and `_` and the table's where that is copied.
 */
export function lastErrorOf(
  fleet: FleetSamples,
  node: string,
  row: SubscriptionWorker,
): SubscriptionError | null {
  const { subid } = row;
  if (subid === null || !hasFailed(row)) return null;
  const origin = new RegExp(`\\bpg_${subid}(_\\d+)?(?!\\w)`);
  const last = messagesOn(fleet, node).findLast(
    ({ context, sql_state_code: code }) => context !== null && isError(code) && origin.test(context),
  );
  if (!last) return null;
  const { message, detail, context } = last;
  return { text: detail === null ? message : `${message} ${detail}`, context: context ?? "" };
}

/** A log without SQLSTATE has the origin in the context of errors alone as well. */
const isError = (code: string | null) => code === null || !/^0[0-2]/.test(code);

/** Why the last errors of subscriptions of this node that fail are not told, in words; none where they are. */
export function untoldErrors(fleet: FleetSamples, node: string): string[] {
  if (!holdsOn(fails, fleet, node)) return [];
  const settings = fleet.sample(logSettings, node);
  if (settings === undefined) return [];
  const tail = fleet.sample(logTail, node);
  const why =
    settings.state === "ok" && !holdsOn(isLogged, fleet, node)
      ? "the server's log goes to no file of its own"
      : tail?.state === "notApplicable"
        ? tail.why
        : tail?.state === "failed"
          ? [tail.error.message, tail.error.detail ?? []].flat().join(": ")
          : null;
  return why === null ? [] : [`the last error is in the server's log: ${why}`];
}
