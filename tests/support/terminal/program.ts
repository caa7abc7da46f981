import { join } from "node:path";

const entry = join(import.meta.dir, "../../../src/main.ts");

export type Finished = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** The command that runs the program from source, for a terminal or a pipe. */
export const program = (...args: readonly string[]): string[] => [process.execPath, entry, ...args];

/** Runs the program without a terminal and waits for its end. The user's own config and PG* variables are left out. */
export async function runProgram(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Finished> {
  const child = Bun.spawn(program(...args), {
    env: { PATH: process.env["PATH"], HOME: "/dev/null", ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [code, stdout, stderr] = await Promise.all([
    child.exited,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code, stdout, stderr };
}
