import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Scratch } from "./scratch.ts";
import { serverEnvironment } from "./server-binaries.ts";

/**
 * Runs a program to its end as the servers' account, with `input` as its standard input.
 * Rejects with what it said when it fails, and at once when the scratch directory is being destroyed.
 * Its own session keeps a terminal's Ctrl-C and hang-up away from it.
 */
export function runServerProgram(scratch: Scratch, command: readonly string[], input = ""): Promise<string> {
  scratch.closing.throwIfAborted();
  const [program = "", ...options] = command;
  const path = program.includes("/") ? program : join(scratch.binaries.folder, "bin", program);
  return new Promise((resolve, reject) => {
    const child = spawn(path, options, {
      ...scratch.binaries.account,
      cwd: scratch.socketDirectory,
      env: serverEnvironment,
      detached: true,
      stdio: ["pipe", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(said);
      else reject(new Error(`${program} failed: ${said.trim() || `exit code ${code}`}`));
    });
    child.stdin.on("error", () => {}); // it may end before it has read everything; its exit code says so
    child.stdin.end(input);
  });
}
