import { describe, expect, test } from "bun:test";
import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { hasSshd, startSshd, throughSshd } from "../../support/servers/sshd.ts";
import { watch } from "../../support/servers/watched.ts";

const servers = serversForTests();

/** Something that listens and does with each connection what `answer` does. */
async function listening(answer: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    answer(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.dispose]: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe.skipIf(!hasSshd)("a bastion (needs openssh-server)", () => {
  test("that is none, or hangs up, is told in words and ends nothing else", async () => {
    await using sshd = await startSshd();
    const answers: readonly [string, (socket: Socket) => void][] = [
      ["web", (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")],
      ["nobody", (socket) => socket.destroy()],
      ["noise", (socket) => socket.write(`SSH-2.0-x\r\n${"\xff".repeat(70_000)}`)],
      ["flood", (socket) => socket.write("x\r\n".repeat(200_000))],
    ];
    for (const [name, answer] of answers) {
      using other = await listening(answer);
      await using manager = Object.assign(new ConnectionManager(), {
        [Symbol.asyncDispose]: () => manager.stop(0),
      });
      manager.add(nodeSettings({ name, port: 1 }, { ssh: throughSshd(sshd, { port: other.port }) }));
      const error = await manager.ready(name);
      expect(error).toMatchObject({
        kind: "tunnel",
        message: expect.stringContaining(`ssh 127.0.0.1:${other.port} speaks no ssh that we know`),
      });
    }
  });

  test.concurrent("that says nothing is given up after ten seconds", async () => {
    await using sshd = await startSshd();
    using mute = await listening(() => {});
    await using manager = Object.assign(new ConnectionManager(), {
      [Symbol.asyncDispose]: () => manager.stop(0),
    });
    manager.add(nodeSettings({ name: "mute", port: 1 }, { ssh: throughSshd(sshd, { port: mute.port }) }));
    expect(await manager.ready("mute")).toMatchObject({
      kind: "tunnel",
      message: `ssh 127.0.0.1:${mute.port} did not let us in within 10 s`,
    });
  });

  test.concurrent("that freezes is left for a new session", async () => {
    await using sshd = await startSshd();
    const server = await servers.lone("alone");
    await using watched = watch([nodeSettings(server, { ssh: throughSshd(sshd) })]);
    const state = () => watched.node(server.name).health.state;
    await until(() => state() === "connected");
    sshd.endSessions("SIGSTOP");
    await until(() => state() === "reconnecting");
    await until(() => state() === "connected", 40_000);
    expect(sshd.logins).toBe(2);
  });
});
