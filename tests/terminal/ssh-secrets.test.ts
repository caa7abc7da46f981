import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Secret } from "../../src/text/secret.ts";
import { leaks, planted } from "../support/planted.ts";
import { makeAccount, makesAccounts } from "../support/servers/account.ts";
import { serversForTests, until } from "../support/servers/servers.ts";
import { hasSshd, makeKey, type Sshd, startSshd } from "../support/servers/sshd.ts";
import { ready, watching } from "../support/terminal/watching.ts";

const servers = serversForTests();

/** The program over nodes behind an sshd, at home in its folder, with its log there. */
function behind(sshd: Sshd, ssh: Record<string, unknown>, nodes: Record<string, Record<string, unknown>>) {
  const config = join(sshd.folder, "config.yaml");
  const section = {
    host: "127.0.0.1",
    port: sshd.port,
    known_hosts: sshd.knownHosts,
    config: "none",
    ...ssh,
  };
  const defaults = {
    host: "127.0.0.1",
    user: "monitor",
    database: "postgres",
    sslmode: "disable",
    ssh: section,
  };
  writeFileSync(config, JSON.stringify({ log_level: "debug", defaults, nodes }), { mode: 0o600 });
  const env = { HOME: sshd.folder, XDG_STATE_HOME: sshd.folder, SSH_AUTH_SOCK: undefined };
  return watching(["--config", config], { env, columns: 200 });
}

describe.skipIf(!hasSshd)("a locked key (needs openssh-server)", () => {
  test("is opened with one passphrase for all nodes, which is in nothing that is written or started", async () => {
    await using sshd = await startSshd();
    const key = makeKey(sshd.folder, "locked", planted);
    sshd.allow(key);
    const { primary, standbys } = await servers.cluster("main", 1);
    const bootstrap = ["alter role monitor password 'right'"];
    const walled = await servers.lone("walled", { bootstrap, password: new Secret("superuser") });
    const seen = join(sshd.folder, "seen");
    const look = `cat /proc/$$/environ /proc/$$/cmdline /proc/$PPID/environ /proc/$PPID/cmdline | tr '\\0' '\\n' > ${seen}`;
    const nodes = Object.fromEntries(
      [primary, ...standbys, walled].map(({ name, port }) => [name, { port }]),
    );
    const command = { password_command: ["sh", "-c", `${look}; exit 1`] };
    await using terminal = behind(
      sshd,
      { identity_file: "~/locked" },
      {
        ...nodes,
        walled: { port: walled.port, ...command },
      },
    );
    const waiting =
      /main-1.*press p: ssh wants the passphrase of ~\/locked[\s\S]*main-2.*press p[\s\S]*walled.*press p/;
    await ready(terminal, waiting);
    const screens: Record<string, unknown> = {};
    const enter = async (passphrase: string, then: RegExp) => {
      terminal.press("p");
      await terminal.until(/passphrase of ~\/locked: {2}[\s\S]*3 nodes wait for it/);
      terminal.press(...passphrase);
      screens[`typed ${passphrase.length}`] = await terminal.until(
        new RegExp(`locked: \\*{${[...passphrase].length}} `),
      );
      terminal.press("Enter");
      screens[`tried ${passphrase.length}`] = await terminal.until(then);
    };
    await enter("another", /main-1.*press p: wrong passphrase of ~\/locked[\s\S]*walled.*press p: wrong/);
    expect(sshd.logins).toBe(0);
    await enter(
      planted,
      /main-1 +primary[\s\S]*main-2 +standby[\s\S]*walled.*password_command sh ended with code 1/,
    );
    expect(sshd.logins).toBe(1);
    terminal.press("n");
    await terminal.until(/❯/);
    terminal.press(..."walled", "Enter");
    await terminal.until(/✖ error {2}walled/);
    terminal.press("p");
    await terminal.until(/password: {2}/);
    terminal.press(..."right", "Enter");
    await terminal.until(/● up {2}walled/);

    const log = await until(() => {
      const text = readFileSync(join(sshd.folder, "pgparade", "pgparade.1.log"), "utf8");
      return text.match(/"to":"connected"/g)?.length === 3 && text;
    });
    expect(log).toContain(`"name":"ssh key ${key}"`);
    const started = readFileSync(seen, "utf8");
    expect(started).toContain("PATH=");
    const own =
      readFileSync(`/proc/${terminal.pid}/environ`, "utf8") +
      readFileSync(`/proc/${terminal.pid}/cmdline`, "utf8");
    terminal.press("q");
    expect(await terminal.exited).toMatchObject({ code: 0 });
    expect(leaks({ ...screens, output: terminal.output(), log, started, own })).toEqual([]);
  });

  test("is opened in a test of a connection too, for the nodes as well", async () => {
    await using sshd = await startSshd();
    const key = makeKey(sshd.folder, "locked", "open sesame");
    sshd.allow(key);
    const { name, port } = await servers.lone("alone");
    await using terminal = behind(sshd, { identity_file: key }, { [name]: { port } });
    await ready(terminal, /alone.*press p/);
    terminal.press("o", "N");
    await terminal.until(/From a string/);
    terminal.paste(`postgres://monitor@127.0.0.1:${port}/postgres`);
    await terminal.until(new RegExp(`Port +${port}`));
    terminal.press("C-t");
    await terminal.until(/SSH tunnel +ssh wants the passphrase of ~\/locked[\s\S]*\^p type the passphrase/);
    terminal.press("C-p");
    await terminal.until(/passphrase of ~\/locked: {2}/);
    terminal.press(..."open sesame", "Enter");
    await terminal.until(/From a string[\s\S]*version +\d+/);
    terminal.press("Escape");
    await terminal.until(/Esc again/);
    terminal.press("Escape");
    await terminal.until(/● alone +up/);
    terminal.press("q");
    expect(await terminal.exited).toMatchObject({ code: 0 });
  });
});

describe.skipIf(!makesAccounts)(
  "a bastion that takes passwords only (needs openssh-server, and root)",
  () => {
    test("is asked about by its account, and again when the password was wrong", async () => {
      await using sshd = await startSshd(["PubkeyAuthentication no"]);
      await using account = await makeAccount("open sesame");
      const { name, port } = await servers.lone("alone");
      await using terminal = behind(sshd, { user: account.name }, { [name]: { port } });
      const whose = `password of ${account.name}@127\\.0\\.0\\.1:${sshd.port}`;
      await ready(terminal, new RegExp(`alone.*press p: ssh wants the ${whose}`));
      for (const [typed, then] of [
        ["another", `alone.*press p: wrong ${whose}`],
        ["open sesame", "alone +primary"],
      ] as const) {
        terminal.press("p");
        await terminal.until(new RegExp(`^ ${whose}: {2}`, "m"));
        terminal.press(...typed, "Enter");
        await terminal.until(new RegExp(then));
      }
      expect(terminal.output()).not.toContain("sesame");
      terminal.press("q");
      expect(await terminal.exited).toMatchObject({ code: 0 });
    });
  },
);
