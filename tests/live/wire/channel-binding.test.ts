import { afterAll, beforeAll, expect, test } from "bun:test";
import type { ChannelBinding } from "../../../src/postgres/conninfo/conninfo.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { Secret } from "../../../src/text/secret.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { type Certificate, offerTls, selfSigned } from "../../support/tls/certificates.ts";
import { interceptor } from "../../support/tls/interceptor.ts";
import { type LibpqLogin, libpqLogin } from "../../support/tls/libpq-login.ts";

const servers = serversForTests();
let server: ThrowawayServer;
let libpq: LibpqLogin;
const made: Certificate[] = [];

beforeAll(async () => {
  server = await servers.lone("bound", {
    bootstrap: ["alter role monitor password 'right'"],
    password: new Secret("superuser"),
  });
  libpq = libpqLogin(server.scratch.binaries);
});
afterAll(() => {
  for (const certificate of made) certificate.remove();
});

const kinds: Record<string, string[]> = {
  "RSA and SHA-256": ["-newkey", "rsa:2048", "-sha256"],
  "RSA and SHA-384": ["-newkey", "rsa:2048", "-sha384"],
  "RSA and SHA-512": ["-newkey", "rsa:2048", "-sha512"],
  "RSA and SHA-1": ["-newkey", "rsa:2048", "-sha1"],
  "RSA-PSS and SHA-256": ["-newkey", "rsa:2048", "-sha256", "-sigopt", "rsa_padding_mode:pss"],
  "RSA-PSS and SHA-384": ["-newkey", "rsa:2048", "-sha384", "-sigopt", "rsa_padding_mode:pss"],
  "ECDSA and SHA-256": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-sha256"],
  "ECDSA and SHA-384": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp384r1", "-sha384"],
  "ECDSA and SHA-512": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-sha512"],
  Ed25519: ["-newkey", "ed25519"],
};

async function login(port: number, channelBinding: ChannelBinding) {
  const manager = new ConnectionManager();
  const settings = nodeSettings(
    { name: "bound", port },
    { connection: { sslmode: "require", channelBinding } },
  );
  manager.add({ ...settings, passwords: [{ kind: "inline", secret: new Secret("right") }] });
  const error = await manager.ready("bound");
  await manager.stop(0);
  return error;
}

/** The server shows this certificate from now on. */
async function show(certificate: Certificate) {
  made.push(certificate);
  await offerTls(server, certificate);
  const verified = `sslmode=verify-ca sslrootcert=${certificate.crt} channel_binding=disable`;
  await until(() => libpq(`${at(server.port)} ${verified}`).error === null);
}

const at = (port: number) => `host=127.0.0.1 port=${port} user=monitor password=right dbname=postgres`;

test.each(Object.entries(kinds))(
  "a login is bound to a certificate of %s if libpq can bind it",
  async (_, kind) => {
    await show(selfSigned("IP:127.0.0.1", kind));
    for (const binding of ["disable", "prefer", "require"] as const) {
      const { error } = libpq(`${at(server.port)} sslmode=require channel_binding=${binding}`);
      expect([binding, await login(server.port, binding)]).toEqual([
        binding,
        error === null
          ? null
          : expect.objectContaining({
              kind: "tls",
              hint: expect.stringContaining("channel_binding=disable"),
            }),
      ]);
    }
  },
);

test("a certificate whose key is for RSA-PSS only is named as what it is", async () => {
  await show(
    selfSigned("IP:127.0.0.1", ["-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048", "-sha256"]),
  );
  expect(await login(server.port, "prefer")).toMatchObject({
    kind: "tls",
    message: "the server and we have neither cipher nor kind of certificate in common",
  });
});

test("who stands between a node and its server cannot use its login", async () => {
  await show(selfSigned("IP:127.0.0.1"));
  const own = selfSigned("IP:127.0.0.1");
  made.push(own);
  const hide = (said: Buffer) =>
    Buffer.from(said.toString("latin1").replace("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256-NONE"), "latin1");
  await using between = await interceptor(server.port, own);
  await using hiding = await interceptor(server.port, own, hide);
  const caught = {
    kind: "auth",
    message: "the TLS that the server sees is not ours: something between us and it decrypts",
  };
  const unoffered = "channel_binding=require, but the server does not offer SCRAM-SHA-256-PLUS";
  expect(await login(between.port, "prefer")).toMatchObject(caught);
  expect(await login(between.port, "require")).toMatchObject(caught);
  expect(await login(hiding.port, "prefer")).toMatchObject(caught);
  expect(await login(hiding.port, "require")).toMatchObject({ kind: "auth", message: unoffered });
  // Which is what binding is for: nothing else notices.
  expect(await login(between.port, "disable")).toBeNull();
  expect(await login(hiding.port, "disable")).toBeNull();
});
