import { describe, expect, test } from "bun:test";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { localSystem } from "../../../src/config/resolve/local-system.ts";
import type { SshSettings } from "../../../src/config/settings.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { hasSshd, makeKey, type Sshd, startSshd, throughSshd } from "../../support/servers/sshd.ts";

const servers = serversForTests();
const user = localSystem(process.env).user;

/** A key that only an authority vouches for, as a company's ssh has them, and the certificate beside it. */
async function certified(sshd: Sshd) {
  const authority = makeKey(sshd.folder, "authority");
  const key = makeKey(sshd.folder, "id_own");
  Bun.spawnSync(["ssh-keygen", "-q", "-s", authority, "-I", "me", "-n", user, `${key}.pub`]);
  await sshd.stop();
  await sshd.start([`TrustedUserCAKeys ${authority}.pub`]);
  return { key, certificate: `${key}-cert.pub` };
}

async function reach(sshd: Sshd, change: Partial<SshSettings>) {
  const node = nodeSettings(await servers.lone("alone"), { ssh: throughSshd(sshd, change) });
  await using manager = Object.assign(new ConnectionManager(), {
    [Symbol.asyncDispose]: () => manager.stop(0),
  });
  manager.add(node);
  return await manager.ready(node.name);
}

describe.skipIf(!hasSshd)("a certificate (needs openssh-server)", () => {
  test("beside a key is named when the host does not take the key alone", async () => {
    await using sshd = await startSshd();
    const { key, certificate } = await certified(sshd);
    const error = await reach(sshd, { identityFile: key });
    expect(error).toMatchObject({ kind: "tunnel", message: expect.stringContaining("does not let") });
    expect(error?.hint).toContain("Tried: id_own");
    expect(error?.hint).toContain(`Certificates are not supported: not shown is ${certificate}.`);
    expect(sshd.logins).toBe(0);
    // It is no hindrance where the key itself may come in.
    sshd.allow(key);
    expect(await reach(sshd, { identityFile: key })).toBeNull();
  });

  test("that ssh_config names is named too, and one of a key that only an agent has", async () => {
    await using sshd = await startSshd();
    const { key, certificate } = await certified(sshd);
    const other = makeKey(sshd.folder, "other");
    const config = join(sshd.folder, "config");
    const named = { identityFile: null, agent: null, config };
    writeFileSync(
      config,
      `IdentityFile ${other}\nCertificateFile ${key}-%%-cert.pub\nCertificateFile none\n`,
    );
    expect((await reach(sshd, named))?.hint).toContain(`not shown is ${key}-%-cert.pub.`);
    writeFileSync(config, `IdentityFile ${key}.pub\nIdentitiesOnly yes\nIdentityAgent /nowhere\n`);
    expect((await reach(sshd, named))?.hint).toContain(`not shown is ${certificate}.`);
  });

  test("that only an agent has is named too", async () => {
    await using sshd = await startSshd();
    const { key, certificate } = await certified(sshd);
    const socket = join(sshd.folder, "agent");
    const agent = Bun.spawn(["ssh-agent", "-D", "-a", socket], { stdio: ["ignore", "ignore", "ignore"] });
    try {
      await until(() => existsSync(socket));
      const add = () => Bun.spawnSync(["ssh-add", "-q", key], { env: { SSH_AUTH_SOCK: socket } });
      expect(add().exitCode).toBe(0);
      for (const file of [certificate, key]) rmSync(file);
      const error = await reach(sshd, { identityFile: null, agent: socket });
      expect(error?.hint).toContain(
        "Certificates are not supported: not shown is a certificate of the agent.",
      );
    } finally {
      agent.kill();
    }
  });

  test("is not spoken of where there is none", async () => {
    await using sshd = await startSshd();
    const error = await reach(sshd, { identityFile: makeKey(sshd.folder, "other") });
    expect(error?.hint).toContain("Tried: other");
    expect(error?.hint).not.toContain("ertificate");
  });
});
