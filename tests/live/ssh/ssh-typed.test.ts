import { describe, expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { NodeSettings } from "../../../src/config/settings.ts";
import type { WantedSecret } from "../../../src/postgres/node-error.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { Secret } from "../../../src/text/secret.ts";
import { makeAccount, makesAccounts } from "../../support/servers/account.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { hasSshd, makeKey, startSshd, throughSshd } from "../../support/servers/sshd.ts";

const servers = serversForTests();
const phrase = "open 'sesame'";

function managing(...nodes: readonly NodeSettings[]) {
  const manager = new ConnectionManager();
  for (const node of nodes) manager.add(node);
  return Object.assign(manager, {
    /** What comes of an attempt of every node. */
    errors: () => Promise.all(manager.list().map((node) => manager.ready(node))),
    [Symbol.asyncDispose]: () => manager.stop(0),
  });
}

const passphraseOf = (key: string): WantedSecret => ({ kind: "passphrase", of: key, name: `ssh key ${key}` });

describe.skipIf(!hasSshd)("a passphrase that is typed (needs openssh-server)", () => {
  test("serves every node and host that uses the key, at once; a wrong one is forgotten", async () => {
    await using one = await startSshd();
    await using other = await startSshd();
    const { port } = await servers.lone("alone");
    const identityFile = makeKey(one.folder, "locked", phrase);
    for (const sshd of [one, other]) sshd.allow(identityFile);
    const at = (name: string, sshd = one) =>
      nodeSettings({ name, port }, { ssh: throughSshd(sshd, { identityFile }) });
    await using manager = managing(at("a"), at("b"), at("c", other));
    const wantedSecret = passphraseOf(identityFile);
    const missing = { message: `ssh wants the passphrase of ${identityFile}`, wantedSecret };
    expect(await manager.errors()).toMatchObject([missing, missing, missing]);

    manager.enterSecret(wantedSecret, new Secret("no phrase of it"));
    const wrong = { message: `wrong passphrase of ${identityFile}`, wantedSecret };
    expect(await manager.errors()).toMatchObject([wrong, wrong, wrong]);
    manager.connect("a");
    expect(await manager.ready("a")).toMatchObject(wrong);

    manager.enterSecret(wantedSecret, new Secret(phrase));
    expect(await manager.errors()).toEqual([null, null, null]);
    expect([one.logins, other.logins]).toEqual([1, 1]);
    const ssh = throughSshd(one, { identityFile, agent: "/nowhere" });
    expect(await manager.test(nodeSettings({ name: "unsaved", port }, { ssh }))).toMatchObject({ ok: true });
    expect(one.logins).toBe(2);
  });

  test("while the next attempt runs counts in the same", async () => {
    await using sshd = await startSshd();
    const server = await servers.lone("alone");
    const identityFile = makeKey(sshd.folder, "locked", phrase);
    sshd.allow(identityFile);
    const [begun, go] = [join(sshd.folder, "begun"), join(sshd.folder, "go")];
    const script = `touch ${begun}; while [ ! -e ${go} ]; do sleep 0.02; done; exit 1`;
    const passphrase = [{ kind: "command", argv: ["sh", "-c", script], ttlMs: null }] as const;
    await using manager = managing(
      nodeSettings(server, { ssh: throughSshd(sshd, { identityFile, passphrase }) }),
    );
    const attempt = manager.ready(server.name);
    await until(() => existsSync(begun));
    manager.enterSecret(passphraseOf(identityFile), new Secret(phrase));
    await Bun.write(go, "");
    expect(await attempt).toBeNull();
  });

  test("is not the password of the server, which is asked for afterwards", async () => {
    await using sshd = await startSshd();
    const bootstrap = ["alter role monitor password 'right'"];
    const server = await servers.lone("locked", { bootstrap, password: new Secret("superuser") });
    const identityFile = makeKey(sshd.folder, "locked", phrase);
    sshd.allow(identityFile);
    await using manager = managing(nodeSettings(server, { ssh: throughSshd(sshd, { identityFile }) }));
    expect(await manager.errors()).toMatchObject([{ kind: "tunnel" }]);
    manager.enterSecret(passphraseOf(identityFile), new Secret(phrase));
    const [error] = await manager.errors();
    expect(error).toMatchObject({ kind: "auth" });
    expect(error?.wantedSecret).toBeUndefined();
    manager.enterPassword(server.name, new Secret("right"));
    expect(await manager.errors()).toEqual([null]);
  });
});

describe.skipIf(!makesAccounts)("a bastion's password that is typed (needs openssh-server, and root)", () => {
  test("is tried once, forgotten when it is wrong, and kept for the next session when it is right", async () => {
    await using sshd = await startSshd(["PubkeyAuthentication no", "KbdInteractiveAuthentication no"]);
    await using account = await makeAccount(phrase);
    const server = await servers.lone("alone");
    await using manager = managing(nodeSettings(server, { ssh: throughSshd(sshd, { user: account.name }) }));
    const of = `${account.name}@127.0.0.1:${sshd.port}`;
    const wantedSecret = { kind: "password", of, name: `ssh ${of}` } as const;
    expect(await manager.errors()).toMatchObject([
      { message: `ssh wants the password of ${of}`, wantedSecret },
    ]);

    manager.enterSecret(wantedSecret, new Secret("no phrase of it"));
    const wrong = { message: `wrong password of ${of}`, wantedSecret };
    expect(await manager.errors()).toMatchObject([wrong]);
    manager.connect(server.name);
    expect(await manager.errors()).toMatchObject([wrong]);
    // It may write to its log after it has answered.
    const failed = () => sshd.log().match(/^Failed password/gm)?.length ?? 0;
    await until(() => failed() > 0);
    expect(failed()).toBe(1);

    manager.enterSecret(wantedSecret, new Secret(phrase));
    expect(await manager.errors()).toEqual([null]);
    sshd.endSessions();
    await until(() => manager.health(server.name)?.error);
    manager.connect(server.name);
    expect(await manager.errors()).toEqual([null]);
  });

  test("is asked for at a host on the way, which does not get the bastion's own", async () => {
    await using outer = await startSshd(["PubkeyAuthentication no"]);
    await using inner = await startSshd();
    await using account = await makeAccount(phrase);
    const server = await servers.lone("alone");
    const config = join(inner.folder, "config");
    const lines = ["Host outer", "HostName 127.0.0.1", `Port ${outer.port}`, `User ${account.name}`];
    writeFileSync(config, [...lines, "Host 127.0.0.1", "ProxyJump outer"].join("\n"));
    const passwords = [{ kind: "inline", secret: new Secret(phrase) }] as const;
    const knownHosts = [inner.knownHosts, outer.knownHosts];
    const ssh = throughSshd(inner, { config, passwords, knownHosts });
    await using manager = managing(nodeSettings(server, { ssh }));
    const of = `${account.name}@127.0.0.1:${outer.port}`;
    const wantedSecret = { kind: "password", of, name: `ssh ${of}` } as const;
    expect(await manager.errors()).toMatchObject([
      { message: `ssh wants the password of ${of}`, wantedSecret },
    ]);
    expect([outer.logins, outer.log().includes("Failed password")]).toEqual([0, false]);
    manager.enterSecret(wantedSecret, new Secret(phrase));
    expect(await manager.errors()).toEqual([null]);
    expect([outer.logins, inner.logins]).toEqual([1, 1]);
  });

  test("is wrong too where the host hangs up instead of saying so", async () => {
    await using sshd = await startSshd(["PubkeyAuthentication no", "MaxAuthTries 1"]);
    await using account = await makeAccount(phrase);
    const server = await servers.lone("alone");
    await using manager = managing(nodeSettings(server, { ssh: throughSshd(sshd, { user: account.name }) }));
    const [error] = await manager.errors();
    if (!error?.wantedSecret) throw new Error(`nothing is wanted: ${error?.message}`);
    manager.enterSecret(error.wantedSecret, new Secret("no phrase of it"));
    expect(await manager.errors()).toMatchObject([{ message: expect.stringMatching(/^wrong password of /) }]);
  });
});
