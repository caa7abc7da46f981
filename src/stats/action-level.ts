/**
 * What a user may do to a server: nothing, signals to its sessions (cancel and terminate), or also what changes the
 * server itself. Each includes those before it.
 */
export const actionLevels = ["none", "signal", "all"] as const;
export type ActionLevel = (typeof actionLevels)[number];

/** What an action touches: single sessions, or the server. */
export type Risk = "signal" | "server";

const lowest: Readonly<Record<Risk, ActionLevel>> = { signal: "signal", server: "all" };

/**
 * Why an action is not allowed on a node, in words that follow its name and say what to change; null when it is.
 * @param readOnlyBy what took all actions away, as {@link ReadOnlyBy}; null when nothing did
 */
export function refusalOf(risk: Risk, level: ActionLevel, readOnlyBy: ReadOnlyBy | null): string | null {
  if (readOnlyBy !== null) return readOnlyReasons[readOnlyBy];
  if (actionLevels.indexOf(level) >= actionLevels.indexOf(lowest[risk])) return null;
  return `the config says actions: ${level}${risk === "server" ? ", not all" : ""}`;
}

/** What takes all actions of this run away: the flag, the variable for it, or the switch on screen. */
export type ReadOnlyBy = "--read-only" | "PGPARADE_READ_ONLY" | "switch";

const readOnlyReasons: Readonly<Record<ReadOnlyBy, string>> = {
  "--read-only": "read-only: pgparade was started with --read-only",
  PGPARADE_READ_ONLY: "read-only: PGPARADE_READ_ONLY is set",
  switch: "read-only: you switched it on; :read-only switches it off",
};
