import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, Server } from "ssh2";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { Secret } from "../../../src/text/secret.ts";
import { leaks, planted } from "../../support/planted.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { hasSshd, makeKey } from "../../support/servers/sshd.ts";

/** What the library's own server has no words for: it is told to say some. */
type Protocol = { channelOpenFail(recipient: number, reason: number, description: string): void };

/** A bastion that takes any password and repeats it where it refuses the way on. */
async function repeatingHost(reason: 1 | 2 | 4) {
  const folder = mkdtempSync(join(tmpdir(), "pgparade-repeats-ssh-"));
  const hostKey = makeKey(folder, "host");
  let heard = "";
  const server = new Server({ hostKeys: [readFileSync(hostKey)] }, (client: Connection) => {
    client.on("error", () => {});
    client.on("authentication", (asked) => {
      if (asked.method !== "password") return asked.reject(["password"]);
      heard = asked.password;
      asked.accept();
    });
    client.on("tcpip", (_, reject) => {
      const protocol: Protocol = Reflect.get(client, "_protocol");
      const plain = protocol.channelOpenFail.bind(protocol);
      protocol.channelOpenFail = (recipient) => plain(recipient, reason, `no way for ${heard}`);
      reject();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const knownHosts = join(folder, "known_hosts");
  writeFileSync(knownHosts, `[127.0.0.1]:${port} ${readFileSync(`${hostKey}.pub`, "utf8")}`);
  return {
    ...{ port, knownHosts },
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => server.close(() => resolve()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

// A word of our own messages is masked in what others say, too.
const secrets = [planted, "another"] as const;

test
  .skipIf(!hasSshd)
  .each(secrets.flatMap((secret) => ([1, 2, 4] as const).map((reason) => [secret, reason] as const)))(
  "a bastion that repeats the password %p is shown without it, whatever it refuses (%d)",
  async (secret, reason) => {
    await using host = await repeatingHost(reason);
    const ssh = {
      ...{ host: "127.0.0.1", port: host.port, user: "deploy", identityFile: null, agent: "none" },
      ...{ passphrase: [], passwords: [{ kind: "inline", secret: new Secret(secret) } as const] },
      ...{ knownHosts: [host.knownHosts], config: "none" },
    };
    const manager = new ConnectionManager();
    manager.add(nodeSettings({ name: "behind", port: 1 }, { ssh }));
    const error = await manager.ready("behind");
    await manager.stop(0);
    expect(error?.message).toMatch(reason === 1 ? /does not forward/ : /no way for \*\*\*/);
    expect(leaks({ error })).toEqual([]);
    expect(JSON.stringify(error)).not.toContain(secret);
  },
);
