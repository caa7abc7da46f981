import { pulseView } from "../views/server/pulse.ts";
import type { AskedView, AskedWhere, View } from "../views/view.ts";
import type { NeededWhere, Rule } from "./rule.ts";

/**
 * What a rule over a view is judged by. The pulse comes all the time: it counts only where a view follows from nothing that is
 * asked for less often.
 */
export function judgedBy(view: View): Pick<Rule, "needs" | "needsToo" | "asksAll"> {
  if (view.kind === "asked") return { needs: [view] };
  const slow = view.needs.filter((one) => one !== pulseView);
  return {
    needs: slow.length > 0 ? slow : [pulseView],
    needsToo: (view.needsToo ?? []).map(whereOf),
    ...(view.asksAll && { asksAll: true }),
  };
}

/** One for each, so that rules over several views want the same. */
const made = new WeakMap<AskedWhere, NeededWhere>();

function whereOf(asked: AskedWhere): NeededWhere {
  const of = lookedAt(asked);
  const holds: NeededWhere["onlyWhere"]["holds"] = (rows) => {
    const told = { state: "ok", rows, atMs: 0, clockMs: 0, epoch: "" } as const;
    return asked.holds({ sample: (view) => (view === of ? told : undefined) }, "");
  };
  const { view, isExtra = false } = asked;
  const where = made.get(asked) ?? { view, onlyWhere: { view: of, holds }, isExtra };
  made.set(asked, where);
  return where;
}

/** The view whose rows say where another one is asked for. */
function lookedAt({ view, holds }: AskedWhere): AskedView {
  const seen: AskedView[] = [];
  const sample = (one: AskedView) => {
    seen.push(one);
    return undefined;
  };
  holds({ sample }, "");
  const [first] = seen;
  if (!first) throw new RangeError(`${view.name}: nothing says where it is asked for`);
  return first;
}
