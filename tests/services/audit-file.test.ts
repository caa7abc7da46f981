import { afterEach, expect, test } from "bun:test";
import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AuditEntry, AuditFile } from "../../src/services/actions/audit-file.ts";

const source = join(import.meta.dir, "../../src/services/actions/audit-file.ts");
const homes: string[] = [];
afterEach(async () => {
  for (const home of homes.splice(0)) await rm(home, { recursive: true, force: true });
});

async function auditFile() {
  const home = await mkdtemp(join(tmpdir(), "pgparade-audit-"));
  homes.push(home);
  const folder = join(home, "state");
  return { folder, audit: new AuditFile(folder) };
}

const entry: AuditEntry = {
  id: "1",
  action: "terminate",
  node: "orders-1",
  host: "db1",
  port: 5432,
  database_role: "monitor",
  login_role: "monitor",
  server_role: "primary",
  statement: "select 1",
  values: ["4711"],
  targets: [{ pid: 4711, application: "\u001b[31mapp\u202e" }],
  outcome: null,
  detail: null,
};

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

test("a line is whole, says who, and holds nothing that a terminal would obey", async () => {
  const { audit } = await auditFile();
  expect(await audit.append(entry)).toBeNull();
  expect(await audit.append({ ...entry, outcome: "done" })).toBeNull();
  const text = await readFile(audit.path, "utf8");
  expect(text).not.toMatch(/[^\P{C}\n]/u);
  const lines = text.trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toEqual(
    [entry, { ...entry, outcome: "done" }].map((one) => ({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      os_user: expect.stringMatching(/./),
      os_uid: process.geteuid?.() ?? null,
      sudo_user: process.env["SUDO_USER"] ?? null,
      pid: process.pid,
      ...one,
    })),
  );
});

test("once it is closed what has no outcome has an unknown one, and nothing more may be sent", async () => {
  const { audit } = await auditFile();
  for (const id of ["1", "2"]) await audit.append({ ...entry, id });
  await audit.append({ ...entry, id: "2", outcome: "done" });
  const late = audit.append({ ...entry, id: "3" });
  await audit.close("quit");
  expect(await late).toBe("pgparade quits");
  expect(await audit.append({ ...entry, id: "4" })).toBe("pgparade quits");
  await audit.close("quit");
  const lines = (await readFile(audit.path, "utf8")).trimEnd().split("\n").slice(3);
  const outcomes = lines
    .map((line) => JSON.parse(line))
    .map(({ id, outcome, detail }) => [id, outcome, detail]);
  expect(outcomes.slice(0, 1)).toEqual([["3", null, null]]);
  expect(outcomes.slice(1).sort()).toEqual([
    ["1", "unknown", "quit"],
    ["3", "unknown", "quit"],
  ]);
});

test("only its owner can read the file and its folder, whatever the umask, and also when it was open before", async () => {
  const { folder, audit } = await auditFile();
  const umask = process.umask(0);
  try {
    expect(await audit.append(entry)).toBeNull();
  } finally {
    process.umask(umask);
  }
  expect([await modeOf(folder), await modeOf(audit.path)]).toEqual([0o700, 0o600]);
  await chmod(audit.path, 0o644);
  expect(await audit.append(entry)).toBeNull();
  expect(await modeOf(audit.path)).toBe(0o600);
});

test("a file that was moved away is begun anew, and lines of several writers are whole", async () => {
  const { folder, audit } = await auditFile();
  await audit.append(entry);
  await rename(audit.path, join(folder, "old"));
  const writers = Array.from({ length: 40 }, () => new AuditFile(folder).append(entry));
  expect(await Promise.all(writers)).toEqual(writers.map(() => null));
  const lines = (await readFile(audit.path, "utf8")).trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line).node)).toEqual(writers.map(() => "orders-1"));
});

test("what a write left of a line before it failed is taken back", async () => {
  const { audit, folder } = await auditFile();
  await audit.append(entry);
  const whole = await readFile(audit.path, "utf8");
  const writer = `
    const { AuditFile } = await import(${JSON.stringify(source)});
    const entry = ${JSON.stringify({ ...entry, statement: "x".repeat(4096) })};
    console.log(await new AuditFile(${JSON.stringify(folder)}).append(entry));`;
  // No file of that shell grows above 2 kB, as if the disk were full there.
  const limited = 'trap "" XFSZ; ulimit -f 2; exec "$0" -e "$1"';
  const told = await Bun.$`bash -c ${limited} ${process.execPath} ${writer}`.text();
  expect(told).toContain("cannot be written");
  expect(await readFile(audit.path, "utf8")).toBe(whole);
});

test("a line after a torn one stands on a line of its own", async () => {
  const { audit } = await auditFile();
  await audit.append(entry);
  await appendFile(audit.path, '{"time":"20');
  expect(await audit.append({ ...entry, id: "2" })).toBeNull();
  const [first, torn, second, ...more] = (await readFile(audit.path, "utf8")).split("\n");
  expect([first, second].map((line) => JSON.parse(line ?? "").id)).toEqual(["1", "2"]);
  expect([torn, ...more]).toEqual(['{"time":"20', ""]);
});

test.each<[string, (path: string, folder: string) => Promise<unknown>, RegExp]>([
  ["a folder", (path) => mkdir(path), /EISDIR|no regular file/],
  ["a link", (path) => symlink("/dev/null", path), /it is a symbolic link/],
  ["a pipe without a reader", (path) => Bun.$`mkfifo ${path}`.quiet(), /no regular file/],
  ["a file in a folder that others may write to", (_, folder) => chmod(folder, 0o777), /chmod 700/],
  [
    "a file below a file",
    async (_, folder) => {
      await rm(folder, { recursive: true });
      await writeFile(folder, "");
    },
    /EEXIST|ENOTDIR|not a directory/,
  ],
])("%s is refused with its path and the reason", async (_, spoil, why) => {
  const { folder, audit } = await auditFile();
  await mkdir(folder, { mode: 0o700 });
  await spoil(audit.path, folder);
  const told = (await audit.append(entry)) ?? "written";
  expect(told).toMatch(why);
  expect(told).toContain(audit.path);
});
