import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { serversForTests } from "../../support/servers/servers.ts";
import { fingerprintOf, hasSshd, makeKey, startSshd } from "../../support/servers/sshd.ts";

const servers = serversForTests();
const build = join(import.meta.dir, "../../../scripts/build.ts");

describe.skipIf(!hasSshd)("the executable (needs openssh-server)", () => {
  test("goes through a tunnel, and refuses a host that is not known in words", async () => {
    await using sshd = await startSshd();
    const server = await servers.lone("alone");
    const executable = join(sshd.folder, "pgparade");
    const built = Bun.spawnSync([process.execPath, build, "src/main.ts", executable], {
      cwd: join(import.meta.dir, "../../.."),
      // The tests' own "test" would give it the development JSX.
      env: { ...process.env, NODE_ENV: undefined },
    });
    expect(built).toMatchObject({ exitCode: 0 });
    const config = join(sshd.folder, "config.yaml");
    const text = `nodes:
  alone:
    host: 127.0.0.1
    port: ${server.port}
    database: postgres
    user: monitor
    sslmode: disable
    ssh:
      host: 127.0.0.1
      port: ${sshd.port}
      identity_file: ${sshd.key}
      known_hosts: ${sshd.knownHosts}
      agent: none
      config: none
`;
    writeFileSync(config, text, { mode: 0o600 });
    const check = () => {
      // Away from its sources: nothing may be read from where it was built.
      const env = { HOME: sshd.folder, PATH: "/usr/bin:/bin" };
      const { exitCode, stdout, stderr } = Bun.spawnSync([executable, "check", "--config", config], {
        env,
        cwd: sshd.folder,
      });
      return { exitCode, said: `${stdout}${stderr}` };
    };
    const answered = check();
    expect(answered.said).toContain("alone");
    expect(answered.said).not.toContain("ssh");
    expect(sshd.logins).toBe(1);

    // A passphrase is tried in a thread, which the executable has to bring along.
    const locked = makeKey(sshd.folder, "locked", "open sesame");
    sshd.allow(locked);
    const phrase = join(sshd.folder, "phrase");
    writeFileSync(phrase, "open sesame\n", { mode: 0o600 });
    const withLocked = text.replace(sshd.key, `${locked}\n      passphrase_file: ${phrase}`);
    writeFileSync(config, withLocked, { mode: 0o600 });
    expect(check()).toEqual({ exitCode: answered.exitCode, said: expect.not.stringContaining("ssh") });
    expect(sshd.logins).toBe(2);
    writeFileSync(phrase, "open barley\n");
    expect(check().said).toContain(`${locked} has another passphrase`);

    writeFileSync(sshd.knownHosts, "");
    const refused = check();
    expect(refused.said).toContain(`unknown ssh host 127.0.0.1:${sshd.port}`);
    expect(refused.said).toContain(fingerprintOf(sshd.hostKey));
    expect(refused.said).toContain(`ssh-keyscan -p ${sshd.port} 127.0.0.1`);
    expect(refused.exitCode).not.toBe(0);
  });
});
