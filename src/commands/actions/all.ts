import type { Command } from "../command.ts";
import { type Action, commandOf } from "./action.ts";
import { marking } from "./marks.ts";
import { cancel, terminate } from "./signals.ts";

/** Everything that can be done to a server. */
const all: readonly Action[] = [cancel, terminate];

export function actionNamed(name: string): Action | undefined {
  return all.find((action) => action.name === name);
}

/** The switch that takes all actions away. What the command line or the environment took away stays away. */
const readOnly: Command = {
  name: "read-only",
  title: "Allow no action on a server; or allow them again",
  keys: [],
  section: "actions",
  disabledReason: ({ readOnlyBy }) =>
    readOnlyBy === null || readOnlyBy === "switch"
      ? null
      : `${readOnlyBy} says so: start pgparade without it to act on servers`,
  run: ({ store }) => {
    const isOn = store.getState().readOnlyBy === null;
    store.setState(({ screen }) => ({
      readOnlyBy: isOn ? "switch" : null,
      screen: {
        ...screen,
        notice: isOn
          ? "read-only: no action is allowed; :read-only allows them again"
          : "actions are allowed again",
      },
    }));
  },
};

/** What the screen has of them: the actions, the marks that say whom they are meant for, the switch that takes them away. */
export const actionCommands: readonly Command[] = [...all.map(commandOf), ...marking, readOnly];
