import { activity } from "../../src/views/backends/activity.ts";
import { integer, text } from "../../src/views/columns.ts";
import { defineConclusion } from "../../src/views/view.ts";

/** Each user with its sessions below it, from the activity of all nodes in scope. */
export const users = defineConclusion({
  name: "users",
  title: "Users",
  section: "backends",
  source: "pg_stat_activity",
  needs: [activity],
  rowKey: ["name"],
  sortBy: "name",
  columns: {
    name: text("USER", { about: "the role, or one of its sessions" }),
    pid: integer("PID", { about: "process id of the session" }),
    above: text("ABOVE", { hidden: true, about: "the role of a session" }),
  },
  parent: ({ above }) => (typeof above === "string" ? above : null),
  rows: ({ nodes, rows }) =>
    nodes.flatMap(({ name: node }) => {
      const sessions = (rows(activity, node) ?? []).map(({ pid, usename }) => ({
        node,
        name: `${usename} ${pid}`,
        pid: Number(pid),
        above: String(usename),
      }));
      const roles = new Set(sessions.map(({ above }) => above));
      return [...Array.from(roles, (name) => ({ node, name, pid: null, above: null })), ...sessions];
    }),
});
