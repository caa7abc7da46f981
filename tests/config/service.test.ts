import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadSettings } from "../../src/config/load.ts";

const home = mkdtempSync(join(tmpdir(), "pgparade-service-"));
const none = { HOME: home, PGSYSCONFDIR: join(home, "empty") };

beforeAll(() => {
  mkdirSync(join(home, "system"));
  writeFileSync(join(home, ".pg_service.conf"), "[own]\nhost=own\nport=6001\npassword=SECRETPW\n");
  writeFileSync(join(home, "other.conf"), "[own]\nhost=other\n[bad]\nport=SECRETPW\n[worse]\nSECRETPW\n");
  writeFileSync(join(home, "system/pg_service.conf"), "[own]\nhost=system\n[system]\nhost=system\n");
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function outcome(target: string, environment: Record<string, string> = {}): string {
  const loaded = loadSettings({}, target === "" ? [] : [target], { ...none, PGUSER: "ana", ...environment });
  if (!loaded.ok) return loaded.error.message.replaceAll(home, "~");
  return loaded.settings.nodes.map(({ connection: { host, port } }) => `${host}:${port}`).join();
}

const other = { PGSERVICEFILE: join(home, "other.conf") };
const system = { PGSYSCONFDIR: join(home, "system") };

test.each<[string, Record<string, string>, string]>([
  ["service=own", {}, "own:6001"],
  ["postgres://?service=own", {}, "own:6001"],
  ["", { PGSERVICE: "own" }, "own:6001"],
  ["service=own port=7", {}, "own:7"],
  ["service=own host=h", { PGPORT: "7" }, "h:6001"],
  ["service=own", { PGHOST: "env" }, "own:6001"],
  ["service=own", other, "other:5432"],
  ["service=own", { ...other, PGPORT: "7" }, "other:7"],
  [`service=own servicefile=${home}/other.conf`, { PGSERVICEFILE: "/none" }, "other:5432"],
  ["service=own", { PGSERVICE: "missing" }, "own:6001"],
  ["service=own", system, "own:6001"],
  ["service=system", system, "system:5432"],
  ["service=system", { ...system, ...other }, "system:5432"],
  ["host=h", { PGREQUIREPEER: "ana", PGGSSENCMODE: "disable" }, "h:5432"],
])("%p with %p reaches %s", (target, environment, expected) => {
  expect(outcome(target, environment)).toBe(expected);
});

test.each<[string, Record<string, string>, string]>([
  ["service=missing", {}, "service: expected a section of that name in a service file, found none."],
  ["", { PGSERVICE: "missing" }, "service: expected a section [missing] in a service file, found none."],
  ["service=own", { PGSERVICEFILE: "/none" }, "/none: expected a service file"],
  ["service=bad", other, "~/other.conf:4: port: expected a port from 1 to 65535"],
  ["service=worse", other, "~/other.conf:6: expected a keyword=value of libpq"],
  ["host=/srv", { PGREQUIREPEER: "SECRETPW" }, "PGREQUIREPEER: expected a keyword that pgparade supports"],
  ["host=h", { PGGSSENCMODE: "require" }, "PGGSSENCMODE: expected a keyword that pgparade supports"],
])("%p with %p is refused in words that hold no password", (target, environment, expected) => {
  expect(outcome(target, environment)).toStartWith(expected);
  expect(outcome(target, environment)).not.toContain("SECRETPW");
});
