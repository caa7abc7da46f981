import { afterAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PasswordSource } from "../../../src/config/settings.ts";
import { ConnectionManager, type NodeEvent } from "../../../src/services/nodes/connection-manager.ts";
import { Secret } from "../../../src/text/secret.ts";
import { leaks, planted } from "../../support/planted.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests } from "../../support/servers/servers.ts";
import { hasSshd, makeKey, startSshd, throughSshd } from "../../support/servers/sshd.ts";

const servers = serversForTests();
afterAll(() => void delete process.env["PLANTED_PASSPHRASE"]);

describe.skipIf(!hasSshd)("a planted password of a bastion (needs openssh-server)", () => {
  test("is in nothing that the program could print, whether it opens, fails or is refused", async () => {
    const server = await servers.lone("alone");
    await using sshd = await startSshd();
    const opens = makeKey(sshd.folder, "opens", planted);
    const other = makeKey(sshd.folder, "other", "another passphrase");
    for (const key of [opens, other]) sshd.allow(key);
    const path = join(sshd.folder, "planted");
    writeFileSync(path, `${planted}\n`, { mode: 0o600 });
    process.env["PLANTED_PASSPHRASE"] = planted;
    const command = (script: string): PasswordSource => ({
      kind: "command",
      argv: ["sh", "-c", script],
      ttlMs: null,
    });
    const sources: Readonly<Record<string, PasswordSource>> = {
      inline: { kind: "inline", secret: new Secret(planted) },
      environment: { kind: "environment", variable: "PLANTED_PASSPHRASE" },
      file: { kind: "file", path },
      command: command(`cat ${path}`),
      "command that complains": command(`cat ${path} >&2; exit 2`),
    };
    const places: Record<string, unknown> = {};
    const met = new Set<string>();
    for (const [source, secret] of Object.entries(sources))
      for (const [end, change] of Object.entries({
        opened: { identityFile: opens, passphrase: [secret] },
        "not opened": { identityFile: other, passphrase: [secret] },
        refused: { identityFile: join(sshd.folder, "none"), passwords: [secret] },
      })) {
        const manager = new ConnectionManager();
        const events: NodeEvent[] = [];
        manager.on((event) => events.push(event));
        const settings = nodeSettings(server, { ssh: throughSshd(sshd, change) });
        manager.add(settings);
        const error = await manager.ready(server.name);
        met.add(error?.kind ?? "in");
        places[`${source}, ${end}`] = {
          settings,
          error,
          events,
          health: manager.health(server.name),
          manager,
        };
        await manager.stop(0);
      }
    for (const [end, identityFile] of Object.entries({ opened: opens, "not opened": other })) {
      const manager = new ConnectionManager();
      const events: NodeEvent[] = [];
      manager.on((event) => events.push(event));
      manager.add(nodeSettings(server, { ssh: throughSshd(sshd, { identityFile }) }));
      const wanted = (await manager.ready(server.name))?.wantedSecret;
      if (!wanted) throw new Error("nothing is wanted");
      manager.enterSecret(wanted, new Secret(planted));
      const error = await manager.ready(server.name);
      met.add(error?.kind ?? "in");
      places[`typed, ${end}`] = { wanted, error, events, health: manager.health(server.name), manager };
      await manager.stop(0);
    }
    expect(leaks(places)).toEqual([]);
    expect([...met].sort()).toEqual(["in", "tunnel"]);
  });
});
