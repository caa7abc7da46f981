import { describe, expect, test } from "bun:test";
import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { localSystem } from "../../../src/config/resolve/local-system.ts";
import { hasSecretTool, openKeyring } from "../../support/keyring.ts";
import { makeAccount, makesAccounts } from "../../support/servers/account.ts";
import { serversForTests } from "../../support/servers/servers.ts";
import { hasSshd, makeKey, type Sshd, startSshd } from "../../support/servers/sshd.ts";
import { runProgram } from "../../support/terminal/program.ts";

const servers = serversForTests();
const phrase = "open 'sesame'";

/** What `check` says of a server behind an sshd, by this section `ssh`. */
async function checked(sshd: Sshd, ssh: Record<string, unknown>, env: Record<string, string>) {
  const { port } = await servers.lone("alone");
  const node = `host=127.0.0.1 port=${port} user=monitor dbname=postgres sslmode=disable`;
  const config = join(sshd.folder, `${randomUUID()}.yaml`);
  const section = { host: "127.0.0.1", port: sshd.port, known_hosts: sshd.knownHosts, agent: "none", ...ssh };
  const text = JSON.stringify({ defaults: { ssh: section }, nodes: { alone: node } });
  writeFileSync(config, text, { mode: 0o600 });
  const { stdout, stderr } = await runProgram(["check", "--format", "json", "--config", config], env);
  expect(stdout + stderr).not.toContain(phrase);
  const [line] = JSON.parse(stdout).nodes;
  return line.error ?? "in";
}

describe.skipIf(!hasSshd || !hasSecretTool)(
  "a keyring with secrets of ssh (needs openssh-server, gnome-keyring, dbus and libsecret-tools)",
  () => {
    test("opens a key, by the place of its file, also one of a host on the way", async () => {
      await using keyring = await openKeyring();
      await using outer = await startSshd();
      await using inner = await startSshd();
      const key = makeKey(outer.folder, "locked", phrase);
      for (const sshd of [outer, inner]) sshd.allow(key);
      const config = join(inner.folder, "config");
      const { user } = localSystem(process.env);
      const jump = `Host outer\nHostName 127.0.0.1\nPort ${outer.port}\nUser ${user}\nIdentityFile ${key}\n`;
      writeFileSync(config, `${jump}Host 127.0.0.1\nProxyJump outer\n`);
      const known_hosts = [outer.knownHosts, inner.knownHosts];
      const ssh = { config, known_hosts, identity_file: inner.key };
      expect(await checked(inner, ssh, keyring.env)).toMatchObject({
        kind: "tunnel",
        hint: expect.stringContaining(`${key} has a passphrase (the keyring has no ssh key ${key})`),
      });
      keyring.store(`ssh key ${key}`, "another");
      expect(await checked(inner, ssh, keyring.env)).toMatchObject({
        hint: expect.stringContaining(`${key} has another passphrase`),
      });
      keyring.store(`ssh key ${key}`, phrase);
      expect(await checked(inner, ssh, keyring.env)).toBe("in");
      expect(await checked(outer, { config: "none", identity_file: key }, keyring.env)).toBe("in");
      const wrong = { config: "none", identity_file: key, passphrase: "wrong" };
      expect(await checked(outer, wrong, keyring.env)).toBe("in");
    });

    test("that is locked is waited for 3 s, and only where a key asks", async () => {
      await using keyring = await openKeyring();
      await using sshd = await startSshd();
      const key = makeKey(sshd.folder, "locked", phrase);
      sshd.allow(key);
      keyring.freeze();
      const ended: string[] = [];
      const check = async (identity_file: string) => {
        const outcome = await checked(sshd, { config: "none", identity_file }, keyring.env);
        ended.push(identity_file);
        return outcome;
      };
      const [open, locked] = await Promise.all([check(sshd.key), check(key)]);
      expect(open).toBe("in");
      expect(locked).toMatchObject({
        message: `ssh wants the passphrase of ${key}`,
        hint: expect.stringContaining("(the keyring did not answer in 3 s: is it locked?)"),
      });
      expect(ended).toEqual([sshd.key, key]);
    });

    test.skipIf(!makesAccounts)("has the password of an account, by the host's own name", async () => {
      await using keyring = await openKeyring();
      await using sshd = await startSshd(["PubkeyAuthentication no"]);
      await using account = await makeAccount(phrase);
      const config = join(sshd.folder, "config");
      writeFileSync(config, `Host bastion\nHostName 127.0.0.1\nUser ${account.name}\n`);
      const name = `ssh ${account.name}@127.0.0.1:${sshd.port}`;
      expect(await checked(sshd, { host: "bastion", config }, keyring.env)).toMatchObject({
        kind: "tunnel",
        hint: expect.stringContaining(`the keyring has no ${name}`),
      });
      keyring.store(name, phrase);
      expect(await checked(sshd, { host: "bastion", config }, keyring.env)).toBe("in");
    });
  },
);
