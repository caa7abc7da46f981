import { expect, test } from "bun:test";
import { createServer } from "node:net";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import { Secret } from "../../../src/text/secret.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";

/** AuthenticationCleartextPassword of the protocol: whoever sends it is told the password. */
const cleartextRequest = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]);
const planted = "PLANTEDPW";

/** What a server that asks in clear is told at this address. */
async function toldAt(host: string, allowCleartext: boolean, hostaddr: string | null = null) {
  let heard = "";
  const passwordCame = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.write(cleartextRequest));
    socket.on("data", (bytes) => {
      heard += bytes.toString("latin1");
      if (heard.includes(planted)) passwordCame.resolve();
    });
  }).listen(0, "127.0.0.1");
  await new Promise<void>((resolve) => server.once("listening", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const settings = nodeSettings({ name: "asker", port }, { connection: { host, hostaddr } });
  const manager = new ConnectionManager();
  const secret = new Secret(planted);
  manager.add({ ...settings, allowCleartext, passwords: [{ kind: "inline", secret }] });
  const refused = manager.ready("asker");
  const error = await Promise.race([refused, passwordCame.promise.then(() => null)]);
  await manager.stop(0);
  server.close();
  return { error, heard };
}

// 0.0.0.0 leads here too, and nothing about it says that nobody is on the way.
test.each([
  ["0.0.0.0", null],
  ["localhost", "0.0.0.0"],
])("a password is not given in clear to a server that is not here: %s %p", async (host, hostaddr) => {
  const { error, heard } = await toldAt(host, false, hostaddr);
  expect(error).toMatchObject({ kind: "auth", message: "the server asks for the password in clear" });
  expect(heard).not.toContain(planted);
});

test.each([
  ["127.0.0.1", false],
  ["0.0.0.0", true],
])("it is given at %s with allow_cleartext %p", async (host, allowed) => {
  const { error, heard } = await toldAt(host, allowed);
  expect(error).toBeNull();
  expect(heard).toContain(planted);
});
