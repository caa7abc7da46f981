import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { serversForTests, until } from "../support/servers/servers.ts";
import { fingerprintOf, hasSshd, startSshd } from "../support/servers/sshd.ts";
import { ready, watching } from "../support/terminal/watching.ts";

const servers = serversForTests();

describe.skipIf(!hasSshd)("an unknown ssh host (needs openssh-server)", () => {
  test("is asked of once, and trusted with a key all nodes behind it come up", async () => {
    await using sshd = await startSshd();
    writeFileSync(sshd.knownHosts, "");
    const { primary, standbys } = await servers.cluster("main", 1);
    const nodes = [primary, ...standbys].map(
      ({ name, port }) =>
        `  ${name}: host=127.0.0.1 port=${port} user=monitor dbname=postgres sslmode=disable`,
    );
    const config = join(sshd.folder, "config.yaml");
    const ssh = `{ host: 127.0.0.1, port: ${sshd.port}, identity_file: ${sshd.key}, known_hosts: ${sshd.knownHosts} }`;
    writeFileSync(config, `defaults:\n  ssh: ${ssh}\nnodes:\n${nodes.join("\n")}\n`, { mode: 0o600 });
    const unset = { SSH_AUTH_SOCK: undefined };
    await using terminal = watching(["--config", config], { env: unset });
    await ready(terminal, /Is this the key of 127\.0\.0\.1/);
    const question = (await terminal.until(/2 nodes are behind it/)).join("\n");
    expect(question).toContain(fingerprintOf(sshd.hostKey));
    expect(readFileSync(sshd.knownHosts, "utf8")).toBe("");

    terminal.press("Escape");
    await terminal.until(/main-1.*unknown ssh host/);
    terminal.press("Down", "T");
    await terminal.until(/Is this the key/);
    terminal.press("y");
    await terminal.until(/main-1 +primary[\s\S]*main-2 +standby/);
    expect(sshd.logins).toBe(1);
    expect(readFileSync(sshd.knownHosts, "utf8")).toStartWith(`[127.0.0.1]:${sshd.port} ssh-ed25519 `);
    terminal.press("q");
    expect(await terminal.exited).toMatchObject({ code: 0 });
    expect(terminal.leftBehind()).toEqual([]);
    await until(() => sshd.sessions === 0);
  });
});

test.skipIf(!hasSshd)(
  "a connection through a bastion is made on the form (needs openssh-server)",
  async () => {
    await using sshd = await startSshd();
    const server = await servers.lone("behind");
    const home = sshd.folder;
    writeFileSync(sshd.knownHosts, "");
    const hosts = `Host way-in\n  HostName 127.0.0.1\n  Port ${sshd.port}\n  IdentityFile ${sshd.key}\n  UserKnownHostsFile ${sshd.knownHosts}\n`;
    mkdirSync(join(home, ".ssh"), { mode: 0o700 });
    writeFileSync(join(home, ".ssh/config"), hosts, { mode: 0o600 });
    const config = join(home, "config.yaml");
    writeFileSync(config, "nodes: {}\n", { mode: 0o600 });
    await using terminal = watching(["--config", config], { env: { HOME: home, SSH_AUTH_SOCK: undefined } });
    await ready(terminal, /no nodes yet: o/);
    terminal.press("o", "N");
    await terminal.until(/SSH host +\(none\)/);
    terminal.paste(`host=127.0.0.1 port=${server.port} user=monitor dbname=postgres sslmode=disable`);
    await terminal.until(/Port +\d+/);
    const down = Array.from({ length: 9 }, () => "Down");
    terminal.press(...down, ..."way in");
    await terminal.until(/SSH host +way in[\s\S]*expected a host, or user@host:port/);
    terminal.press("C-u", ..."way-in", "C-t");
    await terminal.until(/unknown ssh host[\s\S]*\^p trust host/);
    terminal.press("C-p");
    const question = (await terminal.until(/Is this the key of 127\.0\.0\.1/)).join("\n");
    expect(question).toContain(fingerprintOf(sshd.hostKey));
    terminal.press("y");
    await terminal.until(/tunnel +[\d.]+ ms[\s\S]*connect +[\d.]+ ms/);
    terminal.press("C-s", "y");
    await terminal.until(/● postgres +up[\s\S]*postgres saved/);
    expect(readFileSync(config, "utf8")).toEndWith("    sslmode: disable\n    ssh: way-in\n");
    await until(() => sshd.logins > 0);

    terminal.press("e");
    await terminal.until(/SSH host +way-in/);
    terminal.press(...down.slice(1), "C-u", "C-s", "y");
    await terminal.until(/● postgres +up[\s\S]*postgres saved/);
    expect(readFileSync(config, "utf8")).toEndWith("    sslmode: disable\n");
  },
);
