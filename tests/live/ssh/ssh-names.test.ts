import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ConnectionParameters } from "../../../src/postgres/conninfo/conninfo.ts";
import { ConnectionManager } from "../../../src/services/nodes/connection-manager.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { Secret } from "../../../src/text/secret.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversForTests, until } from "../../support/servers/servers.ts";
import { hasSshd, type Sshd, startSshd, throughSshd } from "../../support/servers/sshd.ts";
import { type Certificate, offerTls, openssl, selfSigned } from "../../support/tls/certificates.ts";

const servers = serversForTests();

describe.skipIf(!hasSshd || openssl === null)(
  "behind a bastion a server keeps its own name (needs openssh-server)",
  () => {
    let sshd: Sshd;
    let server: ThrowawayServer;
    let certificate: Certificate;
    let passfile: string;

    beforeAll(async () => {
      sshd = await startSshd();
      const bootstrap = ["alter role monitor password 'sesame'"];
      server = await servers.lone("locked", { bootstrap, password: new Secret("superuser") });
      certificate = selfSigned("DNS:db.example");
      await offerTls(server, certificate);
      passfile = join(sshd.folder, "pgpass");
      writeFileSync(passfile, `127.0.0.1:*:*:*:wrong\ndb.example:${server.port}:*:monitor:sesame\n`, {
        mode: 0o600,
      });
      await until(async () => (await reach({ sslmode: "require" })).tls !== null);
    });

    afterAll(async () => {
      certificate.remove();
      await sshd[Symbol.asyncDispose]();
    });

    /** By a name that only the bastion can make something of. */
    async function reach(change: Partial<ConnectionParameters>) {
      const connection = { host: "db.example", hostaddr: "127.0.0.1", ...change };
      await using manager = Object.assign(new ConnectionManager(), {
        [Symbol.asyncDispose]: () => manager.stop(0),
      });
      const node = nodeSettings(server, { connection, ssh: throughSshd(sshd) });
      manager.add({ ...node, passwords: [{ kind: "passfile", path: passfile }] });
      const error = await manager.ready(server.name);
      return { error, tls: manager.facts(server.name)?.tls ?? null };
    }

    test("in its certificate", async () => {
      const known = { sslmode: "verify-full", sslrootcert: certificate.crt } as const;
      expect(await reach(known)).toMatchObject({ error: null, tls: { verified: true } });
      expect(await reach({ ...known, host: "other.example" })).toMatchObject({ error: { kind: "tls" } });
    });

    test("in the password file", async () => {
      expect(await reach({ host: "db.example" })).toMatchObject({ error: null });
      expect(await reach({ host: "other.example" })).toMatchObject({
        error: { kind: "auth", hint: expect.stringContaining("has no line for monitor on other.example") },
      });
    });
  },
);
