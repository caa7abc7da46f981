import { expect, test } from "bun:test";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Secret } from "../../src/text/secret.ts";
import { serversForTests, until } from "../support/servers/servers.ts";
import { program } from "../support/terminal/program.ts";
import { start } from "../support/terminal/terminal.ts";
import { ready, refusing, watching } from "../support/terminal/watching.ts";

const servers = serversForTests();
const option = "BUN_JSC_thresholdForOptimizeAfterWarmUp";

/** What a process was started with, by the kernel's account. */
const environmentOf = async (pid: number) =>
  (await readFile(`/proc/${pid}/environ`, "utf8")).split("\0").filter((each) => each.startsWith(option));

const onLinux = test.skipIf(process.platform !== "linux");

onLinux("the screen runs with the runtime's options, in the process that the shell started", async () => {
  await using terminal = watching([refusing]);
  await ready(terminal, /connection refused/);
  expect(await environmentOf(terminal.pid)).toEqual([`${option}=300000`]);
});

onLinux("an option that the user set is the user's", async () => {
  await using terminal = start(program(refusing), { env: { HOME: "/dev/null", [option]: "2000" } });
  await terminal.until(/connection refused/);
  expect(await environmentOf(terminal.pid)).toEqual([`${option}=2000`]);
});

onLinux("a file descriptor of the first start is not open in the second", async () => {
  await using terminal = watching([refusing]);
  await ready(terminal, /connection refused/);
  await using once = start(program(refusing), { env: { HOME: "/dev/null", [option]: "300000" } });
  await once.until(/connection refused/);
  const open = async (pid: number) =>
    (await Array.fromAsync(new Bun.Glob("*").scan({ cwd: `/proc/${pid}/fd`, onlyFiles: false }))).length;
  await until(async () => (await open(terminal.pid)) === (await open(once.pid)));
});

test("what the program starts does not inherit the runtime's options", async () => {
  const bootstrap = ["alter role monitor password 'sesame'"];
  const server = await servers.lone("locked", { bootstrap, password: new Secret("superuser") });
  const { directory } = await servers.scratch();
  const [config, seen] = [join(directory, "config.yaml"), join(directory, "environment")];
  await writeFile(
    config,
    `nodes:
  locked:
    host: 127.0.0.1
    port: ${server.port}
    user: monitor
    database: postgres
    password_command: [sh, -c, "env > ${seen}; echo sesame"]
`,
    { mode: 0o600 },
  );
  await using terminal = start(program("--config", config), { env: { HOME: directory } });
  await terminal.until(/locked.*\d\/\d/);
  expect(await readFile(seen, "utf8")).not.toMatch(/^(BUN_JSC_|BUN_GC_|MIMALLOC_)/m);
});

test("without a way to replace the process the screen is drawn all the same", async () => {
  const { directory } = await servers.scratch();
  const preload = join(directory, "no-execve.ts");
  await writeFile(preload, "delete process.execve;\n");
  const [bun = "", ...args] = program(refusing);
  await using terminal = start([bun, "--preload", preload, ...args], { env: { HOME: "/dev/null" } });
  await terminal.until(/connection refused/);
});
