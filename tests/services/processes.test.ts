import { expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { childrenOf, identityOf, serverProcessesIn } from "../../src/services/throwaway/processes.ts";

test("a process keeps its identity while it lives, and has none afterwards", async () => {
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  await once(child, "spawn");
  const pid = child.pid ?? 0;
  expect(identityOf(pid)).toBe(identityOf(pid));
  expect(identityOf(pid)).not.toBe(identityOf(process.pid));
  expect(childrenOf(process.pid)).toContain(pid);
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
  expect(identityOf(pid)).toBeNull();
});

test("only server processes are found by directory, not a shell that happens to stand in it", async () => {
  const child = spawn("sleep", ["60"], { stdio: "ignore", cwd: "/tmp" });
  await once(child, "spawn");
  expect(serverProcessesIn("/tmp")).not.toContain(child.pid ?? 0);
  child.kill("SIGKILL");
});
