import { expect, test } from "bun:test";
import type { SshSettings } from "../../src/config/settings.ts";
import { serverHost } from "../../src/services/watch/observation.ts";
import { nodeSettings } from "../support/servers/node-settings.ts";

const ssh: SshSettings = {
  host: "db1.example.com",
  port: null,
  user: null,
  identityFile: null,
  passphrase: [],
  passwords: [],
  agent: null,
  knownHosts: [],
  config: null,
};

test("a server that is local to its ssh host is there, so that two of them are not taken for one", () => {
  const at = (host: string, way: { ssh?: SshSettings }) =>
    serverHost(nodeSettings({ name: "a", port: 5432 }, { connection: { host }, ...way }));
  for (const host of ["localhost", "127.0.0.1", "::1", "/var/run/postgresql"]) {
    expect(at(host, { ssh })).toBe("db1.example.com");
    expect(at(host, {})).toBe(host);
  }
  expect(at("db7", { ssh })).toBe("db7");
});
