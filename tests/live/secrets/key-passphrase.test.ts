import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openKey } from "../../../src/services/secrets/key-thread.ts";
import type { ThrowawayServer } from "../../../src/services/throwaway/throwaway-server.ts";
import { Secret } from "../../../src/text/secret.ts";
import { hasKeyring, openKeyring } from "../../support/keyring.ts";
import { serversForTests } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";
import { countTurns } from "../../support/terminal/turns.ts";
import { ready, watching } from "../../support/terminal/watching.ts";
import { Authority } from "../../support/tls/authority.ts";
import { openssl } from "../../support/tls/certificates.ts";
import { offer, place } from "../../support/tls/tls-server.ts";

const servers = serversForTests();
const authority = new Authority("our authority");
const passphrase = "PLANTED phrase #1";
const ann = authority.sign({ name: "ann" });
const sslkey = authority.withForm(ann, "encrypted", passphrase);
let server: ThrowawayServer;
let folder: string;

beforeAll(async () => {
  const settings = { ssl_ca_file: "ca.crt" };
  server = await servers.lone("locked-key", { bootstrap: ["create role ann login"], settings });
  folder = (await servers.scratch()).directory;
  place(server, "ca.crt", authority.crt);
  const hba = "local all all trust\nhostssl all ann 127.0.0.1/32 trust clientcert=verify-ca\n";
  await offer(server, authority.sign({ name: "server", alternatives: "IP:127.0.0.1" }), "monitor");
  place(server, "pg_hba.conf", await file("hba", hba));
  await server.query("select pg_catalog.pg_reload_conf()");
});

afterAll(() => authority.remove());

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

/** A config of nodes that log in by a certificate whose key is encrypted, each with these fields besides. */
function config(nodes: Readonly<Record<string, string>>): string {
  const common = `host: 127.0.0.1, port: ${server.port}, database: postgres, user: ann, sslmode: require`;
  const lines = Object.entries(nodes).map(
    ([name, fields]) =>
      `  ${name}: { ${common}, sslcert: ${ann.crt}${/sslkey:/.test(fields) ? "" : `, sslkey: ${sslkey}`}${fields} }\n`,
  );
  return file("config.yaml", `nodes:\n${lines.join("")}`);
}

/** Ann's key in a file of another form. */
function rewritten(name: string, ...form: readonly string[]): string {
  const path = join(folder, name);
  const locked = ["-passout", `pass:${passphrase}`, "-out", path];
  const written = Bun.spawnSync([openssl ?? "", "pkcs8", "-topk8", "-in", ann.key, ...form, ...locked]);
  expect(written).toMatchObject({ exitCode: 0 });
  chmodSync(path, 0o600);
  return path;
}

/** What `check` says of them. */
async function checked(nodes: Readonly<Record<string, string>>, env: Record<string, string> = {}) {
  const { stdout, stderr } = await runProgram(["check", "--format", "json", "--config", config(nodes)], env);
  expect(stdout + stderr).not.toContain("PLANTED");
  const found: readonly { name: string; state: string; error: { message: string } | null }[] =
    JSON.parse(stdout).nodes;
  return Object.fromEntries(found.map(({ name, state, error }) => [name, error?.message ?? state]));
}

test("the passphrase of a client's key comes from every source of passwords", async () => {
  const script = file("print", `cat '${file("phrase", `${passphrase}\nanother line\n`)}'`);
  const found = await checked(
    {
      inline: `, sslpassword: "${passphrase}"`,
      variable: `, sslpassword: "\${PHRASE}"`,
      environment: ", sslpassword_env: PHRASE",
      file: `, sslpassword_file: ${join(folder, "phrase")}`,
      command: `, sslpassword_command: [sh, ${script}]`,
      wrong: `, sslpassword: "another"`,
      none: "",
    },
    { PHRASE: passphrase },
  );
  expect(found).toEqual({
    inline: "connected",
    variable: "connected",
    environment: "connected",
    file: "connected",
    command: "connected",
    wrong: `wrong passphrase of ${sslkey}`,
    none: `TLS wants the passphrase of ${sslkey}`,
  });
});

test("what has no passphrase is named by its field", async () => {
  const path = config({
    a: ", sslpassword_command: [sh, -c, exit 3], sslpassword_file: /nonexistent/phrase",
  });
  const { stdout } = await runProgram(["check", "--config", path]);
  expect(stdout).toContain(
    "there is no sslpassword_file /nonexistent/phrase; sslpassword_command sh ended with code 3",
  );
});

test("a key in a form that is not known here is not taken for one with another passphrase", async () => {
  const scrypt = rewritten("scrypt.key", "-scrypt");
  const found = await checked({ a: `, sslkey: ${scrypt}, sslpassword: "${passphrase}"` });
  expect(found).toEqual({ a: `the key ${scrypt} is encrypted in a form that is not known here` });
});

test("a key of many rounds does not hold up the screen while it is opened", async () => {
  const text = readFileSync(rewritten("rounds.key", "-iter", "800000"), "utf8");
  const turns = countTurns();
  const { secret } = await openKey("tls", text, new Secret(passphrase));
  expect(turns()).toBeGreaterThan(20);
  expect(secret?.reveal()).toStartWith("-----BEGIN PRIVATE KEY-----");
});

test("a key that takes longer to open than a login may take serves the next login", async () => {
  const slow = rewritten("slow.key", "-iter", "10000000");
  const limit = "pool: { connect_timeout: 1s }";
  const path = config({ slow: `, sslkey: ${slow}, sslpassword: "${passphrase}", ${limit}` });
  await using terminal = watching(["--config", path], { columns: 200 });
  await terminal.until(/✖ slow .*the key \S+ is still being opened/);
  await terminal.until(/slow +primary/);
});

test.skipIf(!hasKeyring)(
  "the passphrase of a client's key comes from the keyring (needs gnome-keyring and dbus)",
  async () => {
    await using keyring = await openKeyring();
    const entry = { service: "pgparade", name: `ssl key ${sslkey}`, value: passphrase };
    const store = `await Bun.secrets.set(${JSON.stringify(entry)})`;
    const stored = Bun.spawn([process.execPath, "-e", store], { env: { ...process.env, ...keyring.env } });
    expect(await stored.exited).toBe(0);
    expect(await checked({ none: "" }, keyring.env)).toEqual({ none: "connected" });
  },
);

test("the passphrase of a client's key is typed once for all nodes that use it", async () => {
  await using terminal = watching(["--config", config({ one: "", two: "" })], { columns: 200 });
  await ready(terminal, /✖ one +.*press p: TLS wants the passphrase of/);
  terminal.press("p");
  await terminal.until(/passphrase of .*1\.key\.encrypted:[\s\S]*2 nodes wait for it/);
  terminal.press(..."PLANTED", "Enter");
  await terminal.until(/✖ one +.*press p: wrong passphrase of/);
  terminal.press("p");
  await terminal.until(/passphrase of .*:/);
  terminal.press(..."PLANTED", "Space", ..."phrase", "Space", ..."#1", "Enter");
  await terminal.until(/one +primary[\s\S]*two +primary/);
  expect(terminal.output()).not.toContain("PLANTED");
});

test.skipIf(!hasKeyring)(
  "a passphrase that was pasted is saved in the keyring and not in the file (needs gnome-keyring and dbus)",
  async () => {
    await using keyring = await openKeyring();
    const path = file("pasted.yaml", "nodes: {}\n");
    const way = `postgresql://ann@127.0.0.1:${server.port}/postgres?sslmode=require&sslcert=${ann.crt}&sslkey=${sslkey}`;
    {
      await using terminal = watching(["--config", path], { env: keyring.env });
      await ready(terminal, /no nodes yet: o/);
      terminal.press("o", "N");
      await terminal.until(/From a string/);
      terminal.paste(`${way}&sslpassword=${encodeURIComponent(passphrase)}`);
      await terminal.until(/Port +\d+/);
      terminal.press("C-s", "y");
      await terminal.until(/postgres +(up|unjudged)[\s\S]*postgres saved in pasted\.yaml ─/m);
      expect(terminal.output()).not.toContain("PLANTED");
    }
    const text = readFileSync(path, "utf8");
    expect(text).toContain(`    sslkey: ${sslkey}\n`);
    expect(text).not.toContain("PLANTED");
    expect(text).not.toContain("sslpassword");
    await using terminal = watching(["--config", path], { env: keyring.env });
    await terminal.until(/postgres +primary/);
  },
);
