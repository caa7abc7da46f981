import { afterEach, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { PasswordSource, SshSettings } from "../../../src/config/settings.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { Secret } from "../../../src/text/secret.ts";
import { makeAccount, makesAccounts } from "../../support/servers/account.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { hasSshd, makeKey, type Sshd, startSshd, throughSshd } from "../../support/servers/sshd.ts";
import { watch } from "../../support/servers/watched.ts";

const servers = serversForTests();
const phrase = "open 'sesame'";
const variable = "PGPARADE_TEST_SSH";
const fromVariable: readonly PasswordSource[] = [{ kind: "environment", variable }];
afterEach(() => void delete process.env[variable]);

/** What comes of one attempt: "in", or the error. */
async function login(sshd: Sshd, change: Partial<SshSettings> = {}) {
  const server = await servers.lone("alone");
  await using manager = Object.assign(new ConnectionManager(), {
    [Symbol.asyncDispose]: () => manager.stop(0),
  });
  manager.add(nodeSettings(server, { ssh: throughSshd(sshd, change) }));
  return (await manager.ready(server.name)) ?? "in";
}

/** A private key's file with another type of the same length in its public half. */
function withType(text: string, type: string): string {
  const [head = "", ...lines] = text.trim().split("\n");
  const bytes = Buffer.from(lines.slice(0, -1).join(""), "base64");
  bytes.write(type, bytes.indexOf("ssh-ed25519"));
  return [head, bytes.toString("base64"), lines.at(-1), ""].join("\n");
}

const refused = {
  kind: "tunnel",
  message: expect.stringMatching(/^ssh 127\.0\.0\.1:\d+ does not let \w+ in$/),
};

/** A secret that nobody has, and one that is another. */
const wanted = (kind: string, of: string) => ({
  kind: "tunnel",
  message: `ssh wants the ${kind} of ${of}`,
  wantedSecret: { kind, of },
});
const wrong = (kind: string, of: string) => ({ ...wanted(kind, of), message: `wrong ${kind} of ${of}` });

describe.skipIf(!hasSshd)("logging in to a bastion (needs openssh-server)", () => {
  test("a key with a passphrase opens by any source of passwords", async () => {
    await using sshd = await startSshd();
    const identityFile = makeKey(sshd.folder, "locked", phrase);
    sshd.allow(identityFile);
    const file = join(sshd.folder, "phrase");
    writeFileSync(file, `${phrase}\n`, { mode: 0o600 });
    process.env[variable] = phrase;
    expect(await login(sshd, { identityFile, passphrase: fromVariable })).toBe("in");
    expect(await login(sshd, { identityFile, passphrase: [{ kind: "file", path: file }] })).toBe("in");
    const argv = ["cat", file];
    expect(await login(sshd, { identityFile, passphrase: [{ kind: "command", argv, ttlMs: null }] })).toBe(
      "in",
    );
  });

  test("a node with a passphrase of its own in the config does not go through another's tunnel", async () => {
    await using sshd = await startSshd();
    const server = await servers.lone("alone");
    const identityFile = makeKey(sshd.folder, "locked", phrase);
    sshd.allow(identityFile);
    await using manager = Object.assign(new ConnectionManager(), {
      [Symbol.asyncDispose]: () => manager.stop(0),
    });
    for (const [name, text] of [
      ["right", phrase],
      ["wrong", "another"],
    ] as const) {
      const passphrase: readonly PasswordSource[] = [{ kind: "inline", secret: new Secret(text) }];
      const ssh = throughSshd(sshd, { identityFile, passphrase });
      manager.add(nodeSettings({ name, port: server.port }, { ssh }));
    }
    expect(await manager.ready("right")).toBeNull();
    expect(await manager.ready("wrong")).toMatchObject(wrong("passphrase", identityFile));
  });

  test("a passphrase is asked for once, however often the tunnel is lost", async () => {
    await using sshd = await startSshd();
    const server = await servers.lone("alone");
    const identityFile = makeKey(sshd.folder, "locked", phrase);
    sshd.allow(identityFile);
    const asked = join(sshd.folder, "asked");
    const argv = ["sh", "-c", `echo once >> ${asked}; printf '%s' "$0"`, phrase];
    const ssh = throughSshd(sshd, { identityFile, passphrase: [{ kind: "command", argv, ttlMs: null }] });
    await using manager = Object.assign(new ConnectionManager(), {
      [Symbol.asyncDispose]: () => manager.stop(0),
    });
    manager.add(nodeSettings(server, { ssh }));
    expect(await manager.ready(server.name)).toBeNull();
    sshd.endSessions();
    await until(() => manager.health(server.name)?.error);
    manager.connect(server.name);
    expect(await manager.ready(server.name)).toBeNull();
    expect(sshd.logins).toBe(2);
    expect(readFileSync(asked, "utf8")).toBe("once\n");
  });

  test("a key in the old form of RSA, and one for ECDSA, are read too", async () => {
    await using sshd = await startSshd();
    const rsa = makeKey(sshd.folder, "rsa", phrase, "rsa");
    Bun.spawnSync(["ssh-keygen", "-q", "-p", "-m", "PEM", "-P", phrase, "-N", phrase, "-f", rsa]);
    expect(readFileSync(rsa, "utf8")).toStartWith("-----BEGIN RSA PRIVATE KEY-----");
    const ecdsa = makeKey(sshd.folder, "ecdsa", "", "ecdsa");
    for (const key of [rsa, ecdsa]) sshd.allow(key);
    process.env[variable] = phrase;
    expect(await login(sshd, { identityFile: rsa, passphrase: fromVariable })).toBe("in");
    expect(await login(sshd, { identityFile: ecdsa })).toBe("in");
  });

  test("a key that does not open says why, and what was tried", async () => {
    await using sshd = await startSshd();
    const identityFile = makeKey(sshd.folder, "locked", phrase);
    sshd.allow(identityFile);
    const hint = async (change: Partial<SshSettings>, expected: object = refused) => {
      const error = await login(sshd, change);
      expect(error).toMatchObject(expected);
      return error === "in" ? "" : error.hint;
    };
    const locked = wanted("passphrase", identityFile);
    const unset = await hint({ identityFile }, locked);
    expect(unset).toStartWith(
      `Set passphrase_command of ssh, or keep it in the keyring as "ssh key ${identityFile}".`,
    );
    expect(unset).toMatch(/locked has a passphrase \((no keyring|the keyring has no)/);
    expect(await hint({ identityFile, passphrase: fromVariable }, locked)).toContain(
      `${variable} is not set`,
    );
    process.env[variable] = "another phrase";
    const other = await hint({ identityFile, passphrase: fromVariable }, wrong("passphrase", identityFile));
    expect(other).toContain(`${identityFile} has another passphrase`);
    expect(other).not.toContain("another phrase");
    chmodSync(identityFile, 0o644);
    expect(await hint({ identityFile })).toContain("can be read by others: run chmod 600 on it");
    expect(await hint({ identityFile: join(sshd.folder, "nowhere") })).toContain("there is no key");
    chmodSync(sshd.knownHosts, 0o600);
    expect(await hint({ identityFile: sshd.knownHosts })).toContain("is no private key");
    expect(await hint({ identityFile: makeKey(sshd.folder, "stranger") })).toContain("Tried: stranger");
    const hardware = makeKey(sshd.folder, "hardware", phrase);
    writeFileSync(hardware, withType(readFileSync(hardware, "utf8"), "sk-hardware"));
    expect(await hint({ identityFile: hardware })).toContain(
      "hardware is of the type sk-hardware, which only an agent can use",
    );
    expect(sshd.logins).toBe(0);
  });

  test("no passphrase is looked for where the host does not take the key", async () => {
    await using sshd = await startSshd(["MaxAuthTries 1"]);
    const asked = join(sshd.folder, "asked");
    const argv = ["sh", "-c", `touch ${asked}; printf '%s' "$0"`, phrase];
    const passphrase: readonly PasswordSource[] = [{ kind: "command", argv, ttlMs: null }];
    const locked = makeKey(sshd.folder, "locked", phrase);
    const old = makeKey(sshd.folder, "old", phrase, "rsa", ["-m", "PEM"]);
    for (const identityFile of [locked, old]) {
      rmSync(asked, { force: true });
      expect(await login(sshd, { identityFile, passphrase })).toMatchObject({
        ...refused,
        hint: expect.stringContaining(`Tried: ${basename(identityFile)}`),
      });
      expect(existsSync(asked)).toBe(false);
      sshd.allow(identityFile);
      expect(await login(sshd, { identityFile, passphrase })).toBe("in");
      expect(existsSync(asked)).toBe(true);
    }
    rmSync(`${old}.pub`);
    expect(await login(sshd, { identityFile: old, passphrase })).toBe("in");
  });

  test("a bastion that refuses us is not asked again soon, whatever the number of nodes", async () => {
    await using sshd = await startSshd();
    const server = await servers.lone("alone");
    const ssh = throughSshd(sshd, { identityFile: makeKey(sshd.folder, "stranger") });
    const names = ["a", "b", "c"];
    await using watched = watch(
      names.map((name) => nodeSettings({ name, port: server.port }, { ssh })),
      { refreshMs: 250 },
    );
    await until(() => names.every((name) => watched.node(name).health.failures >= 3));
    const message = `ssh 127.0.0.1:${sshd.port} does not let ${ssh.user} in`;
    for (const name of names) expect(watched.node(name).health.error?.message).toBe(message);
    expect(sshd.callers).toBe(1);

    for (const name of names) watched.manager.connect(name);
    await until(() => names.every((name) => watched.node(name).health.failures >= 4));
    expect(sshd.callers).toBe(2);
  });

  test("an agent logs in with its keys, and one that is gone is one way less", async () => {
    await using sshd = await startSshd();
    const agent = join(sshd.folder, "agent");
    const asked = join(sshd.folder, "asked");
    const child = Bun.spawn(["ssh-agent", "-D", "-a", agent], { stdio: ["ignore", "ignore", "ignore"] });
    try {
      const add = () =>
        Bun.spawnSync(["ssh-add", "-q", sshd.key], {
          env: { ...process.env, SSH_AUTH_SOCK: agent },
          stdio: ["ignore", "ignore", "ignore"],
        }).success;
      await until(add);
      const identityFile = makeKey(sshd.folder, "stranger");
      expect(await login(sshd, { identityFile, agent })).toBe("in");
      const config = join(sshd.folder, "config");
      writeFileSync(config, "IdentitiesOnly yes\n");
      expect(await login(sshd, { identityFile, agent, config })).toMatchObject(refused);
      expect(await login(sshd, { identityFile: `${sshd.key}.pub`, agent, config })).toBe("in");
      Bun.spawnSync(["ssh-keygen", "-q", "-p", "-P", "", "-N", phrase, "-f", sshd.key]);
      const passphrase: readonly PasswordSource[] = [
        { kind: "command", argv: ["touch", asked], ttlMs: null },
      ];
      expect(await login(sshd, { identityFile: sshd.key, agent, passphrase })).toBe("in");
      expect(existsSync(asked)).toBe(false);
    } finally {
      child.kill();
      await child.exited;
    }
    Bun.spawnSync(["ssh-keygen", "-q", "-p", "-P", phrase, "-N", "", "-f", sshd.key]);
    expect(await login(sshd, { identityFile: sshd.key, agent })).toBe("in");
    const gone = await login(sshd, { identityFile: makeKey(sshd.folder, "stranger"), agent });
    expect(gone).toMatchObject({ ...refused, hint: expect.stringContaining("no answer of the agent") });
  });
});

test.if(process.env["CI"] === "true")("accounts can be made", () => {
  expect(makesAccounts).toBe(true);
});

describe.skipIf(!makesAccounts)("a bastion that takes passwords (needs openssh-server, and root)", () => {
  const method = (yes: string, no: string) => [`${yes} yes`, `${no} no`, "PubkeyAuthentication no"];
  test.each([
    ["plainly", method("PasswordAuthentication", "KbdInteractiveAuthentication")],
    ["by a question", [...method("KbdInteractiveAuthentication", "PasswordAuthentication"), "UsePAM yes"]],
  ])("%s lets in who knows it", async (_, lines) => {
    await using sshd = await startSshd(lines);
    await using account = await makeAccount(phrase);
    const change = { user: account.name, passwords: fromVariable };
    const of = `${account.name}@127.0.0.1:${sshd.port}`;
    expect(await login(sshd, change)).toMatchObject({
      ...wanted("password", of),
      hint: expect.stringContaining(`${variable} is not set`),
    });
    process.env[variable] = "another";
    expect(await login(sshd, change)).toMatchObject({
      ...wrong("password", of),
      hint: expect.stringContaining("Tried: the password."),
    });
    process.env[variable] = phrase;
    expect(await login(sshd, change)).toBe("in");
  });
});
