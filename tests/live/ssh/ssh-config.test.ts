import { describe, expect, test } from "bun:test";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { localSystem } from "../../../src/config/resolve/local-system.ts";
import type { SshSettings } from "../../../src/config/settings.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { hasSshd, type Sshd, startSshd, throughSshd } from "../../support/servers/sshd.ts";

const servers = serversForTests();

/** What ssh_config says of an sshd under a name of its own. */
function section(name: string, sshd: Sshd, ...more: string[]): string {
  const lines = [
    "HostName 127.0.0.1",
    `Port ${sshd.port}`,
    `User ${localSystem(process.env).user}`,
    `IdentityFile ${sshd.key}`,
    `UserKnownHostsFile ${sshd.knownHosts}`,
    ...more,
  ];
  return [`Host ${name}`, ...lines.map((line) => `  ${line}`), ""].join("\n");
}

function managing(server: ThrowawayServer, sshd: Sshd, text: string, change: Partial<SshSettings> = {}) {
  const config = join(sshd.folder, "config");
  writeFileSync(config, text);
  const named = { host: "inner", port: null, user: null, identityFile: null, knownHosts: [], config };
  const manager = new ConnectionManager();
  manager.add(nodeSettings(server, { ssh: throughSshd(sshd, { ...named, ...change }) }));
  return Object.assign(manager, { [Symbol.asyncDispose]: () => manager.stop(0) });
}

describe.skipIf(!hasSshd)("ssh_config (needs openssh-server)", () => {
  test("says all there is to say of a host, in a file that is included too", async () => {
    await using sshd = await startSshd();
    const server = await servers.lone("alone");
    writeFileSync(join(sshd.folder, "more"), section("inner", sshd));
    const text = `Include ${sshd.folder}/mor?\n`;
    await using manager = managing(server, sshd, text);
    expect(await manager.ready(server.name)).toBeNull();
    await using wrong = managing(server, sshd, text, { port: 1 });
    expect(await wrong.ready(server.name)).toMatchObject({ message: "ssh 127.0.0.1:1: connection refused" });
  });

  test("names keys that no host may show, and no host is trusted without that file", async () => {
    await using sshd = await startSshd();
    const server = await servers.lone("alone");
    const revoked = join(sshd.folder, "revoked");
    const reach = async () => {
      const text = section("inner", sshd, `RevokedHostKeys ${sshd.folder}/revoked`);
      await using manager = managing(server, sshd, text);
      return await manager.ready(server.name);
    };
    const name = `ssh 127.0.0.1:${sshd.port}`;
    expect(await reach()).toMatchObject({ message: `${name}: RevokedHostKeys cannot be read` });
    writeFileSync(revoked, `# none\n\n${readFileSync(`${sshd.key}.pub`, "utf8")}`);
    expect(await reach()).toBeNull();
    writeFileSync(revoked, `# one\n${readFileSync(`${sshd.hostKey}.pub`, "utf8")}`);
    const error = await reach();
    expect(error?.message).toContain("revoked key of ssh host");
    expect(error?.hint).toContain(`${revoked}:2 revokes`);
    Bun.spawnSync(["ssh-keygen", "-q", "-k", "-f", revoked, `${sshd.hostKey}.pub`]);
    expect((await reach())?.hint).toContain("KRLs are not supported");
  });

  test("leads through other hosts, and the way is made anew when one on it fails", async () => {
    await using outer = await startSshd();
    await using middle = await startSshd();
    await using inner = await startSshd();
    const server = await servers.lone("alone");
    const only = (sshd: Sshd) => [`PermitOpen 127.0.0.1:${sshd.port}`];
    await outer.stop();
    await outer.start(only(middle));
    await middle.stop();
    await middle.start(only(inner));
    const text = [
      section("inner", inner, "ProxyJump outer,middle"),
      section("middle", middle),
      section("outer", outer),
    ].join("\n");
    await using manager = managing(server, inner, text);
    expect(await manager.ready(server.name)).toBeNull();
    expect([outer, middle, inner].map(({ logins }) => logins)).toEqual([1, 1, 1]);

    outer.endSessions();
    await until(() => manager.health(server.name)?.error?.kind === "tunnel");
    await until(() => middle.sessions + inner.sessions === 0);
    manager.connect(server.name);
    expect(await manager.ready(server.name)).toBeNull();
    expect([outer, middle, inner].map(({ logins }) => logins)).toEqual([2, 2, 2]);
  });

  test("leads to a host that is not known, which is learnt by the same way", async () => {
    await using outer = await startSshd();
    await using inner = await startSshd();
    const server = await servers.lone("alone");
    const file = join(inner.folder, "nobody-known");
    const stranger = section("inner", inner, "ProxyJump outer").replace(inner.knownHosts, file);
    await using manager = managing(server, inner, `${stranger}\n${section("outer", outer)}`);
    const error = await manager.ready(server.name);
    expect(error?.message).toBe(`unknown ssh host 127.0.0.1:${inner.port}`);
    const user = localSystem(process.env).user;
    const way = `-J ${user}@127.0.0.1:${outer.port} -p ${inner.port} ${user}@127.0.0.1`;
    expect(error?.hint).toEndWith(`: ssh -o UserKnownHostsFile=${file} ${way}`);
    expect([outer.logins, inner.logins]).toEqual([1, 0]);
  });

  test("that cannot be followed is refused in words, and nothing in it is run", async () => {
    await using sshd = await startSshd();
    const server = await servers.lone("alone");
    const file = join(sshd.folder, "ran");
    const errorOf = async (...lines: string[]) => {
      await using manager = managing(server, sshd, section("inner", sshd, ...lines));
      return await manager.ready(server.name);
    };
    expect(await errorOf(`ProxyCommand touch ${file}`)).toMatchObject({
      kind: "tunnel",
      message: "ssh inner has a ProxyCommand, which pgparade does not run; it can follow ProxyJump",
    });
    expect(await errorOf("ProxyJump a\nHost a\nProxyJump b\nHost b\nProxyJump a")).toMatchObject({
      message: expect.stringContaining("leads in a circle"),
    });
    expect(await errorOf("ProxyJump -oProxyCommand=x")).toMatchObject({
      message: "ssh inner has a ProxyJump that names no host",
    });
    expect(await errorOf(`HostKeyAlias "a *"`)).toMatchObject({
      message: "ssh inner has a HostKeyAlias that is none",
    });
    expect(await errorOf("ProxyJump inner", `Match exec "touch ${file}"`, "Port 1")).toBeNull();
    await using manager = managing(server, sshd, "Host inner\nHostName -x");
    expect(await manager.ready(server.name)).toMatchObject({
      message: "ssh inner has a HostName that is none",
    });
    chmodSync(join(sshd.folder, "config"), 0o666);
    manager.connect(server.name);
    expect(await manager.ready(server.name)).toMatchObject({
      hint: expect.stringContaining("can be changed by others"),
    });
    expect(await Bun.file(file).exists()).toBe(false);
  });
});
