import { grantMonitor, type ServerFacts } from "../postgres/server.ts";
import type { Finding } from "../stats/alerts.ts";
import { isUp } from "../stats/health.ts";
import type { Reason } from "../stats/unknown.ts";
import { safeName } from "../text/text.ts";
import { restart } from "../views/server/restart.ts";
import { classOf, hotStandbySettings } from "../views/settings/expected.ts";
import { masked } from "../views/settings/setting-sql.ts";
import { settingValues, valueIn } from "../views/settings/setting-values.ts";
import { settings } from "../views/settings/settings.ts";
import { keyOf, type Row } from "../views/view.ts";
import { relatives } from "./relatives.ts";
import { defineRule, type JudgedFleet, type JudgedNode, nothingFound, rowsOf } from "./rule.ts";

const everyMs = 60_000;

/** Settings that a role may not read may wait, or differ, as well. */
const hiddenFrom = (facts: ServerFacts): Reason[] =>
  facts.readsAllSettings
    ? []
    : [{ kind: "view", reason: `settings of superusers are hidden: ${grantMonitor(facts)}` }];

export const pendingRestart = defineRule({
  name: "pending_restart",
  about: "a setting was changed and waits for a restart",
  unit: "state",
  default: { warning: 1, critical: null, forMs: 0 },
  needs: [settingValues],
  everyMs,
  find: (node, all) => {
    const { facts } = node;
    if (!facts || all.sample(settingValues, node.name)?.state !== "ok") return nothingFound;
    const findings = rowsOf(all, settingValues, node).flatMap((row): Finding[] =>
      row.pending_restart === true
        ? [
            {
              value: 1,
              subject: { kind: "setting", id: row.name ?? "" },
              text: `${safeName(row.name ?? "", 63)} waits for a restart`,
              opens: { view: restart.name, key: keyOf(restart, row) },
            },
          ]
        : [],
    );
    return { findings, unknown: hiddenFrom(facts) };
  },
});

type Differing = { readonly name: string; readonly here: string; readonly there: string };

export const settingDrift = defineRule({
  name: "setting_drift",
  about:
    "settings of a standby differ from those of its primary, which counts after a failover; critical where it has less of what it needs as much of to go on replaying, such as max_connections. Ports, paths, names, what a primary and a standby are told differently, what follows from the hardware, and what our own sessions set are not compared",
  unit: "state",
  default: { warning: 1, critical: 1, forMs: 300_000 },
  needs: [settingValues],
  everyMs,
  find: (node, all) => {
    const { facts } = node;
    const primary = facts?.inRecovery === true ? primaryOf(node, all) : null;
    const other = primary && all.sample(settingValues, primary.name);
    if (!facts || !primary?.facts || !other || all.sample(settingValues, node.name)?.state !== "ok")
      return nothingFound;
    const name = safeName(primary.name);
    if (other.state !== "ok")
      return {
        findings: [],
        unknown: [{ kind: "view", reason: `settings of its primary ${name} are unknown` }],
      };
    const seesAll = facts.readsAllSettings && primary.facts.readsAllSettings;
    const differing = differences(
      rowsOf(all, settingValues, node),
      rowsOf(all, settingValues, primary),
      seesAll,
    );
    const [lacking, others] = [differing.filter(isLess), differing.filter((one) => !isLess(one))];
    const findings = lacking.map(
      (one): Finding => ({
        value: 1,
        subject: { kind: "setting", id: one.name },
        text: `${one.name} is ${one.here}, and ${one.there} on its primary ${name}: replay stops where it needs more`,
        opens: { view: settings.name, key: keyOf(settings, one) },
      }),
    );
    const unknown = hiddenFrom(facts.readsAllSettings ? primary.facts : facts);
    return { findings: [...findings, ...together(node, others, name)], unknown };
  },
});

/** The one primary of its system that answers. */
function primaryOf(node: JudgedNode, all: JudgedFleet): JudgedNode | null {
  const [primary, another] = relatives(node, all).filter(
    ({ health, facts }) => isUp(health) && facts?.inRecovery === false,
  );
  return primary && !another ? primary : null;
}

/** Both are of one major: what a server does not list is at the default that the other one tells. */
function differences(here: readonly Row[], there: readonly Row[], seesAll: boolean): Differing[] {
  const [own, others] = [here, there].map((rows) => new Map(rows.map((row) => [String(row["name"]), row])));
  if (!own || !others) return [];
  return [...new Set([...own.keys(), ...others.keys()])].toSorted().flatMap((name) => {
    if (classOf(name) !== "plain" || (!seesAll && !(own.has(name) && others.has(name)))) return [];
    const values = [valueIn(own, others.get(name), name), valueIn(others, own.get(name), name)];
    const [mine, its] = values;
    if (mine == null || its == null || mine === its || values.includes(masked)) return [];
    return [{ name, here: mine, there: its }];
  });
}

const isLess = ({ name, here, there }: Differing) =>
  hotStandbySettings.has(name) && Number(here) < Number(there);

/** One alert for all that is no danger by itself. */
function together({ name }: JudgedNode, differing: readonly Differing[], primary: string): Finding[] {
  const [first] = differing;
  if (!first) return [];
  const each = differing.slice(0, 3).map((one) => {
    const [here, there] = [one.here, one.there].map((value) =>
      value === "" ? "empty" : safeName(value, 40),
    );
    return `${safeName(one.name, 63)} is ${here}, there ${there}`;
  });
  const more = differing.length > 3 ? `; ${differing.length - 3} more` : "";
  const what = differing.length === 1 ? "a setting differs" : `${differing.length} settings differ`;
  return [
    {
      value: 1,
      subject: { kind: "node", id: name },
      text: `${what} from its primary ${primary}`,
      detail: `: ${each.join("; ")}${more}`,
      isMild: true,
      opens: { view: settings.name, key: keyOf(settings, first) },
    },
  ];
}
