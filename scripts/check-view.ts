import { viewNamed, views } from "../src/views/all.ts";
import { root, toolsEnv } from "./steps.ts";

/** Tries one view on servers of the newest major, a primary and a standby, as each role: for whoever writes it. */
const [name = ""] = process.argv.slice(2);
if (!viewNamed(name)) {
  const known = views.map((view) => view.name).join(", ");
  console.error(`check:view: name one of ${known}${name === "" ? "" : `; there is no view ${name}`}`);
  process.exit(2);
}

const check = ["bun", "test", "--no-orphans", "--timeout", "60000", "./tests/live/views/one-view.check.ts"];
const child = Bun.spawn(check, {
  cwd: root,
  env: { ...toolsEnv, PGPARADE_CHECK_VIEW: name },
  stdin: "ignore",
  stdout: "inherit",
  stderr: "inherit",
});
process.exit(await child.exited);
