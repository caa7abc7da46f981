import { program } from "./program.ts";
import { start, type Terminal } from "./terminal.ts";

type Options = Parameters<typeof start>[1];

/** Where nothing listens: port 1 is for the superuser, and no server takes it. */
export const refusing = "host=127.0.0.1 port=1 user=monitor dbname=postgres";

/** A folder in which nobody can make one, not even the superuser: the program goes on without a log. */
const noLog = { XDG_STATE_HOME: "/dev/null" };

/** Without the user's own config, log and PG* variables, whatever they are. */
function clean(env: Record<string, string | undefined> = {}): Record<string, string | undefined> {
  const own = Object.keys(process.env).filter((name) => /^(PG|XDG_)/.test(name));
  return {
    ...Object.fromEntries(own.map((name) => [name, undefined])),
    HOME: "/dev/null",
    ...noLog,
    ...env,
  };
}

/** Starts the program from source in a terminal. */
export function watching(args: readonly string[], options: Options = {}): Terminal {
  return start(program(...args), { columns: 120, rows: 40, ...options, env: clean(options.env) });
}

/** Starts a shell command in a terminal; `$program` in it is the program with these arguments. */
export function inShell(command: string, args: readonly string[], options: Options = {}): Terminal {
  const quoted = program(...args)
    .map((part) => `'${part}'`)
    .join(" ");
  return start(["bash", "-c", command.replace("$program", () => quoted)], {
    ...options,
    env: clean(options.env),
  });
}

/** Waits until the program shows this and reads keys: from then on a press is heard. */
export async function ready(terminal: Terminal, shown: RegExp, timeoutMs = 30_000): Promise<void> {
  await terminal.until(shown, timeoutMs);
  await terminal.readsKeys(timeoutMs);
}
