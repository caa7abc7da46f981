import type { Command } from "../command.ts";

/** The switch that takes all actions away. What the command line or the environment took away stays away. */
export const readOnly: Command = {
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
