import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import type { SshSettings } from "../../../src/config/settings.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests } from "../../support/servers/servers.ts";
import {
  fingerprintOf,
  hasSshd,
  makeKey,
  type Sshd,
  startSshd,
  throughSshd,
} from "../../support/servers/sshd.ts";

const servers = serversForTests();

/** What comes of one attempt: null, or the error. */
async function reach(sshd: Sshd, change: Partial<SshSettings> = {}) {
  const server = await servers.lone("alone");
  await using manager = Object.assign(new ConnectionManager(), {
    [Symbol.asyncDispose]: () => manager.stop(0),
  });
  manager.add(nodeSettings(server, { ssh: throughSshd(sshd, change) }));
  return await manager.ready(server.name);
}

describe.skipIf(!hasSshd)("the key of an ssh host (needs openssh-server)", () => {
  test("that is not known is refused with its fingerprint, and learnt from nobody", async () => {
    await using sshd = await startSshd();
    writeFileSync(sshd.knownHosts, "");
    const error = await reach(sshd);
    expect(error).toMatchObject({
      kind: "tunnel",
      message: `unknown ssh host 127.0.0.1:${sshd.port}`,
    });
    expect(error?.hint).toContain(`ssh-ed25519 ${fingerprintOf(sshd.hostKey)}`);
    expect(error?.hint).toContain(`ssh-keyscan -p ${sshd.port} 127.0.0.1 >> ${sshd.knownHosts}`);
    expect(sshd.logins).toBe(0);
    expect(readFileSync(sshd.knownHosts, "utf8")).toBe("");
  });

  test("that a person vouches for is learnt once for every node behind it", async () => {
    await using sshd = await startSshd();
    const { primary, standbys } = await servers.cluster("main", 1);
    const nodes = [primary, ...standbys];
    const text = "other ssh-ed25519 AAAA";
    writeFileSync(sshd.knownHosts, text);
    await using manager = Object.assign(new ConnectionManager(), {
      [Symbol.asyncDispose]: () => manager.stop(0),
    });
    for (const server of nodes) manager.add(nodeSettings(server, { ssh: throughSshd(sshd) }));
    const errors = await Promise.all(nodes.map(({ name }) => manager.ready(name)));
    const [unknown] = errors.map((error) => error?.unknownHost);
    expect(errors.map((error) => error?.unknownHost)).toEqual([unknown, unknown]);
    expect(unknown).toMatchObject({
      host: "127.0.0.1",
      port: sshd.port,
      keyType: "ssh-ed25519",
      fingerprint: fingerprintOf(sshd.hostKey),
      file: sshd.knownHosts,
    });
    if (!unknown) return;
    expect(await manager.trustHost({ ...unknown, file: `${sshd.key}/no-folder` })).toMatchObject({
      message: `${sshd.key}/no-folder cannot be written`,
    });
    expect(await manager.trustHost(unknown)).toBeNull();
    expect(await Promise.all(nodes.map(({ name }) => manager.ready(name)))).toEqual([null, null]);
    expect(sshd.logins).toBe(1);
    const line = `[127.0.0.1]:${sshd.port} ssh-ed25519 ${unknown.key}`;
    expect(readFileSync(sshd.knownHosts, "utf8")).toBe(`${text}\n${line}\n`);
  });

  test("that was learnt by hand meanwhile is no hindrance to the next test of a connection", async () => {
    await using sshd = await startSshd();
    writeFileSync(sshd.knownHosts, "");
    const node = nodeSettings(await servers.lone("alone"), { ssh: throughSshd(sshd) });
    await using manager = Object.assign(new ConnectionManager(), {
      [Symbol.asyncDispose]: () => manager.stop(0),
    });
    expect(await manager.test(node)).toMatchObject({ ok: false, step: "tunnel" });
    sshd.know();
    expect(await manager.test(node)).toMatchObject({ ok: true });
  });

  test("that has changed is refused, with the line that knows another", async () => {
    await using sshd = await startSshd();
    await sshd.stop();
    sshd.hostKey = makeKey(sshd.folder, "swapped");
    await sshd.start();
    const error = await reach(sshd);
    expect(error).toMatchObject({
      kind: "tunnel",
      message: `changed key of ssh host 127.0.0.1:${sshd.port}`,
    });
    expect(error?.hint).toContain(`${sshd.knownHosts}:1 knows another`);
    expect(error?.hint).toContain(fingerprintOf(sshd.hostKey));
    expect(sshd.logins).toBe(0);
  });

  test("that only an authority vouches for is told so, and nobody is asked to take it", async () => {
    await using sshd = await startSshd();
    const authority = readFileSync(`${makeKey(sshd.folder, "authority")}.pub`, "utf8");
    writeFileSync(sshd.knownHosts, `# of the company\n@cert-authority *,[127.0.0.1]:* ${authority}`);
    const error = await reach(sshd);
    expect(error).toMatchObject({
      kind: "tunnel",
      message: `ssh host 127.0.0.1:${sshd.port} is known by a host certificate, which pgparade does not support`,
    });
    expect(error?.hint).toContain(`${sshd.knownHosts}:2 is its @cert-authority`);
    expect(error?.hint).toContain(fingerprintOf(sshd.hostKey));
    expect(error?.hint).not.toContain("ssh-keyscan");
    expect(error?.unknownHost).toBeUndefined();
    expect(sshd.logins).toBe(0);
    sshd.know();
    expect(await reach(sshd)).toBeNull();
  });

  test("that is revoked is refused even when it is known", async () => {
    await using sshd = await startSshd();
    const line = readFileSync(sshd.knownHosts, "utf8");
    writeFileSync(sshd.knownHosts, `${line}@revoked ${line}`);
    expect(await reach(sshd)).toMatchObject({
      kind: "tunnel",
      message: `revoked key of ssh host 127.0.0.1:${sshd.port}`,
    });
  });

  test("is asked for by the type that is known, where a host has several", async () => {
    await using sshd = await startSshd();
    await sshd.stop();
    const own = sshd.hostKey;
    const usual = makeKey(sshd.folder, "usual");
    sshd.hostKey = makeKey(sshd.folder, "rsa", "", "rsa");
    sshd.know();
    await sshd.start([`HostKey ${usual}`]);
    expect(await reach(sshd)).toBeNull();
    sshd.hostKey = usual;
    sshd.know();
    expect(await reach(sshd)).toBeNull();
    sshd.hostKey = own;
    sshd.know();
    expect(await reach(sshd)).toMatchObject({ message: expect.stringContaining("changed key") });
  });

  test("is read from hashed names, and from the second file", async () => {
    await using sshd = await startSshd();
    Bun.spawnSync(["ssh-keygen", "-H", "-f", sshd.knownHosts], { stdio: ["ignore", "ignore", "ignore"] });
    expect(readFileSync(sshd.knownHosts, "utf8")).toStartWith("|1|");
    expect(await reach(sshd, { knownHosts: ["/nowhere/known_hosts", sshd.knownHosts] })).toBeNull();
  });

  test("cannot be judged by a file that cannot be read", async () => {
    await using sshd = await startSshd();
    expect(await reach(sshd, { knownHosts: [sshd.folder] })).toMatchObject({
      kind: "tunnel",
      message: `ssh 127.0.0.1:${sshd.port}: known_hosts cannot be read`,
    });
  });
});
