import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { loadSettings } from "../../../src/config/load.ts";
import { type Effective, effectiveParameters } from "../../../src/config/resolve/effective.ts";
import type { NodeSettings } from "../../../src/config/settings.ts";
import { askSource } from "../../../src/services/secrets/password-source.ts";
import { libpqResolutions, libraryOf } from "../../support/libpq/libpq-resolve.ts";
import {
  type Resolution,
  type ResolutionCase,
  resolutionCases,
} from "../../support/libpq/resolution-cases.ts";
import { files } from "../../support/libpq/resolution-files.ts";
import { serversForTests } from "../../support/servers/servers.ts";
import { runProgram } from "../../support/terminal/program.ts";

const servers = serversForTests();
const home = mkdtempSync(join(tmpdir(), "pgparade-resolutions-"));

beforeAll(() => {
  for (const [path, text, mode = 0o644] of files) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text.replaceAll("~", home));
    chmodSync(join(home, path), mode);
  }
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const cases = resolutionCases.map(
  ({ target, environment }): ResolutionCase => ({
    target: target.replaceAll("~", home),
    environment: Object.fromEntries(
      Object.entries({ HOME: "~", PGSYSCONFDIR: "~/none", ...environment }).map(([name, value]) => [
        name,
        value.replaceAll("~", home),
      ]),
    ),
  }),
);

/** libpq's own default depends on how it was built, and ours on which of the two is there. */
const sockets = ["/var/run/postgresql", "/tmp"];

async function ours({ target, environment }: ResolutionCase): Promise<Resolution> {
  const loaded = loadSettings({}, target === "" ? [] : [target], environment);
  const node = loaded.ok ? loaded.settings.nodes.at(-1) : undefined;
  const [entry] = loaded.ok ? loaded.fleet.entries : [];
  if (!node || !entry) return null;
  const all = effectiveParameters(entry, node.pool, {});
  const { host, port, dbname, user } = node.connection;
  return {
    host,
    port: String(port),
    dbname,
    user,
    password: await passwordOf(node),
    application_name: given(all.application_name),
    connect_timeout: given(all.connect_timeout),
    hostaddr: given(all.hostaddr),
    keepalives_idle: given(all.keepalives_idle),
    options: given(all.options),
    sslmode: all.sslmode?.value ?? "",
    target_session_attrs: all.target_session_attrs?.value ?? "",
  };
}

/** Where libpq has no default, ours says nothing of what was given. */
function given(parameter: Effective | undefined): string {
  return parameter && parameter.source !== "default" ? parameter.value : "";
}

/** Without the keyring, of which libpq knows nothing. */
async function passwordOf(node: NodeSettings): Promise<string> {
  for (const source of node.passwords) {
    if (source.kind === "keyring") continue;
    const lookup = await askSource(source, node, () => ({}));
    if (lookup.secret) return lookup.secret.reveal();
  }
  return "";
}

function alike(resolution: Resolution): Resolution {
  const isDefault = sockets.includes(resolution?.host ?? "");
  return resolution && isDefault ? { ...resolution, host: "the default" } : resolution;
}

async function compare(theirs: readonly Resolution[]): Promise<void> {
  const own: Resolution[] = [];
  // Each reads its files within a deadline, which all at once do not keep on a busy machine.
  for (const one of cases) own.push(await ours(one));
  const pairs = cases.map((one, index) => ({
    ...one,
    ours: alike(own[index] ?? null),
    libpq: alike(theirs[index] ?? null),
  }));
  expect(pairs.filter((pair) => !Bun.deepEquals(pair.ours, pair.libpq))).toEqual([]);
  expect(pairs.length).toBeGreaterThan(150);
  expect(theirs.filter((resolution) => resolution === null)).toHaveLength(refused);
}

/** So many cases name a service, a file or a value that is none. */
const refused = 27;

test("environment, service file and password file are resolved as the installed libpq does", async () => {
  const theirs = await libpqResolutions("libpq.so.5", cases);
  if (theirs === null && process.env["CI"] === "true") throw new Error("install Debian's libpq5");
  if (theirs !== null) await compare(theirs);
});

test("and as the newest libpq does", async () => {
  const { binaries } = await servers.scratch();
  const theirs = await libpqResolutions(libraryOf(binaries), cases);
  if (theirs === null) throw new Error("the servers' binaries have no libpq");
  await compare(theirs);
});

test("no case shows a password", async () => {
  const passwords = ["svcpw", "envpw", "stringpw", "blanks within"];
  for (const { target, environment } of cases) {
    const loaded = loadSettings({}, target === "" ? [] : [target], environment);
    const said = loaded.ok ? JSON.stringify(loaded.settings.nodes) : loaded.error.message;
    expect(passwords.filter((password) => said.includes(password))).toEqual([]);
  }
});

test("the program itself shows the same", async () => {
  const chosen = cases.filter((_, index) => index % 16 === 7);
  const startMs = performance.now();
  const shown = await Promise.all(
    chosen.map(async ({ target, environment }) => {
      const targets = target === "" ? [] : [target];
      const { code, stdout } = await runProgram(
        ["config", "show", "--format", "json", ...targets],
        environment,
      );
      const [entry] = code === 0 ? JSON.parse(stdout) : [];
      if (!entry) return [code, JSON.parse(stdout).error.class];
      const { host, port } = entry.hosts.at(-1);
      return [host, String(port), entry.params.dbname, entry.params.user, entry.params.password ?? ""];
    }),
  );
  const eachMs = Math.round((performance.now() - startMs) / chosen.length);
  console.log(`config show: ${chosen.length} runs, ${eachMs} ms each`);
  const expected = await Promise.all(
    chosen.map(async (one) => {
      const resolution = await ours(one);
      if (resolution === null) return [2, expect.any(String)];
      const { host, port, dbname, user, password } = resolution;
      return [host, port, dbname, user, password && "***"];
    }),
  );
  expect(shown).toEqual(expected);
});
