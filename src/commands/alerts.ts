import { alertId, type Quiet } from "../stats/quiet.ts";
import { subjectHere, viewHere } from "../store/on-screen.ts";
import { updateEvents } from "../store/store.ts";
import { currentTable } from "../store/table.ts";
import { alerts } from "../views/server/alerts.ts";
import type { Command, Context } from "./command.ts";

const snoozeMinutes = 30;

type Kind = Quiet["kind"];

/** Makes the alert under the cursor quiet in this way, or counts it again where it is so already. */
function toggle({ store }: Context, kind: Kind): void {
  const state = store.getState();
  const { row: id } = subjectHere(state);
  const row = currentTable(state)?.lines.find((line) => line.id === id)?.row;
  const severity = row?.["severity"];
  if (!id || !row || (severity !== "warning" && severity !== "critical")) return;
  const subject = { kind: String(row["subject_kind"]), id: String(row["subject"]) };
  const alert = alertId(id.node, { rule: String(row["rule"]), subject });
  const quieted = new Map(state.quieted);
  const isUndone = quieted.get(alert)?.kind === kind && row["quiet"] !== null;
  if (isUndone) quieted.delete(alert);
  else quieted.set(alert, quietAs(kind, severity, state.observed.nowMs));
  const notice = isUndone ? "the alert counts again" : said[kind];
  store.setState({ quieted, screen: { ...state.screen, notice } });
  const did = isUndone ? "counted again" : told[kind];
  const event = { clockMs: state.observed.clockMs, node: id.node, kind: "alert", severity: "ok" } as const;
  updateEvents(store, (events) => [...events, { ...event, text: `${did} by you: ${row["text"]}` }]);
}

const told: Readonly<Record<Kind, string>> = {
  snoozed: `snoozed for ${snoozeMinutes} min`,
  acknowledged: "acknowledged",
};

function quietAs(kind: Kind, severity: "warning" | "critical", nowMs: number): Quiet {
  return kind === "snoozed"
    ? { kind, untilMs: nowMs + snoozeMinutes * 60_000, severity }
    : { kind, severity };
}

const said: Readonly<Record<Kind, string>> = {
  snoozed: `snoozed for ${snoozeMinutes} min; z again undoes it`,
  acknowledged: "acknowledged until its severity changes or it is over; Z again undoes it",
};

/** What a user does with an alert that is known. */
export const alertKeys: readonly Command[] = [
  {
    name: "snooze",
    title: `Snooze the alert for ${snoozeMinutes} min, or undo that: it stays listed and is not counted`,
    keys: ["z"],
    section: "view",
    needs: "row",
    when: (state) => viewHere(state) === alerts.name,
    footer: { title: "snooze", rank: 1.8 },
    run: (context) => toggle(context, "snoozed"),
  },
  {
    name: "acknowledge",
    title: "Acknowledge the alert until it changes, or undo that: it stays listed and is not counted",
    keys: ["Z"],
    section: "view",
    needs: "row",
    when: (state) => viewHere(state) === alerts.name,
    footer: { title: "acknowledge", rank: 1.85 },
    run: (context) => toggle(context, "acknowledged"),
  },
];
