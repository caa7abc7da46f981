import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { childEnvironment } from "../../src/services/secrets/child-environment.ts";
import { askCommand } from "../../src/services/secrets/password-command.ts";
import { identityOf } from "../../src/services/throwaway/processes.ts";
import { Secret } from "../../src/text/secret.ts";
import { until } from "../support/servers/servers.ts";

const env = { PATH: process.env["PATH"] ?? "" };
const shell = (script: string) => ["sh", "-c", script];
const told = async (...argv: string[]) => {
  const lookup = await askCommand(`password_command ${basename(argv[0] ?? "")}`, argv, env);
  return lookup.secret ? lookup.secret.reveal() : lookup.why;
};

describe("a password command", () => {
  test.each([
    ["its first line", "printf 'one two \\nthree\\n'", "one two "],
    ["a line without an end", "printf 'sesame'", "sesame"],
    ["a line that ends as on Windows", "printf 'sesame\\r\\n'", "sesame"],
    ["what it printed before it went on in the background", "echo sesame; sleep 20 &", "sesame"],
    ["nothing of a failure", "echo sesame; exit 3", "password_command sh ended with code 3"],
    ["nothing of stderr", "printf 'sesame\\033[2J' >&2", "password_command sh printed nothing"],
    ["nothing of an empty first line", "printf '\\nsesame'", "password_command sh printed nothing"],
    [
      "nothing of a flood",
      "echo sesame; yes | head -c 10000000",
      "password_command sh printed more than 64 kB",
    ],
  ])("gives %s", async (_, script, answer) => {
    expect(await told(...shell(script))).toBe(answer);
  });

  test("that is no program is said to be none", async () => {
    expect(await told("/nonexistent/vault")).toBe("password_command vault could not be started");
  });

  test("is not read by a shell", async () => {
    const file = join("/tmp", `pgparade-touched-${process.pid}`);
    expect(await told("echo", `x; touch ${file}`, "$HOME", "`id`")).toBe(`x; touch ${file} $HOME \`id\``);
    expect(existsSync(file)).toBe(false);
  });

  test("does not outlive the program that asks it", async () => {
    const file = join("/tmp", `pgparade-command-${process.pid}`);
    const script = `
      import { askCommand } from "${import.meta.dir}/../../src/services/secrets/password-command.ts";
      void askCommand("sh", ["sh", "-c", "echo $$ > ${file}; sleep 60 & wait"], process.env);
      while (!(await Bun.file("${file}").exists()) || (await Bun.file("${file}").size) < 2) await Bun.sleep(5);
      process.exit(0);`;
    const child = Bun.spawn([process.execPath, "-e", script], { stdout: "ignore", stderr: "inherit" });
    expect(await child.exited).toBe(0);
    const pid = Number(await Bun.file(file).text());
    await Bun.file(file).delete();
    expect(pid).toBeGreaterThan(1);
    await until(() => identityOf(pid) === null);
  });

  test("has an environment without libpq's variables and without passwords", () => {
    const all = {
      PATH: "/usr/bin",
      VAULT_TOKEN: "vault-token",
      PGPASSWORD: "a",
      PGHOST: "b",
      DB1_PASSWORD: "from-a-variable",
      DATABASE_URL: "postgres://u:p%40ssw0rd@h/d",
      COPY: "p@ssw0rd",
    };
    const secrets = [new Secret("p@ssw0rd"), new Secret("bin"), new Secret("")];
    expect(childEnvironment(all, new Set(["DB1_PASSWORD"]), secrets)).toEqual({
      PATH: "/usr/bin",
      VAULT_TOKEN: "vault-token",
    });
  });
});
