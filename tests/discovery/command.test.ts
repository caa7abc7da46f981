import { afterEach, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { command } from "../../src/services/discovery/command.ts";
import { identityOf } from "../../src/services/throwaway/processes.ts";
import { until } from "../support/servers/servers.ts";

type Change = { readonly deadlineMs?: number; readonly hiddenVariables?: readonly string[] };

const run = (argv: readonly string[], change: Change = {}, stop = new AbortController()) =>
  command(
    { kind: "command", cluster: "orders", argv, hiddenVariables: [], deadlineMs: 5000, ...change },
    stop.signal,
    null,
  );

async function told(script: string, change: Change = {}) {
  const outcome = await run(["sh", "-c", script], change);
  if (!outcome.ok) return outcome.why;
  const { members, leftOut } = outcome.answer;
  return [...members.map(({ name, host, port }) => `${name} ${host}:${port}`), ...leftOut];
}

const prints = (list: unknown) => `cat <<'END'\n${JSON.stringify(list, null, 2)}\nEND`;

test("the list that a program prints is the members", async () => {
  const script = prints([
    { name: "db1", host: "10.0.0.1", port: 6000, zone: "a" },
    { name: "db2", host: "db2.example.com" },
    { name: "db3", host: "/tmp" },
    { name: "db2", host: "h" },
  ]);
  expect(await told(`echo noise >&2; ${script}`)).toEqual([
    ...["db1 10.0.0.1:6000", "db2 db2.example.com:5432", "db3: no address", "a second db2"],
  ]);
  expect(await told("echo '[]'")).toEqual([]);
});

describe("a failure has its reason, and nothing of what was printed:", () => {
  test.each([
    ["echo '[]'; echo SECRET >&2; exit 3", "sh ended with code 3"],
    ["echo SECRET", "sh printed no list in JSON"],
    ['echo \'{"members": "SECRET"}\'', "sh printed no list in JSON"],
    ["true", "sh printed no list in JSON"],
    ["yes SECRET | head -c 10000000", "sh printed more than 256 kB"],
    [prints(Array.from({ length: 51 }, (_, at) => ({ name: `m${at}` }))), "sh printed more than 50 members"],
  ])("%p", async (script, why) => {
    expect(await told(script)).toBe(why);
  });

  test("one that takes too long is ended, with all that it started", async () => {
    const file = `/tmp/pgparade-members-${process.pid}`;
    expect(await told(`sleep 60 & echo $! > ${file}; wait`, { deadlineMs: 1000 })).toBe(
      "sh took longer than 1 s",
    );
    const pid = Number(await Bun.file(file).text());
    await Bun.file(file).delete();
    await until(() => identityOf(pid) === null);
  });

  test("what is no program", async () => {
    expect(await run(["/nonexistent/members"])).toEqual({ ok: false, why: "members could not be started" });
  });
});

describe("what a program leaves running", () => {
  const list = prints([{ name: "db1", host: "h" }]);
  const file = `/tmp/pgparade-left-${process.pid}`;
  const left = async (script: string) => {
    const members = await told(`${script} & echo $! > ${file}; ${list}`);
    const pid = Number(await Bun.file(file).text());
    await Bun.file(file).delete();
    return { members, pid };
  };

  test.each(["sleep 60", "sleep 60 >/dev/null"])(
    "is ended when it has printed its list: %s",
    async (script) => {
      const { members, pid } = await left(script);
      expect(members).toEqual(["db1 h:5432"]);
      await until(() => identityOf(pid) === null);
    },
  );

  test("in a session of its own goes on, and takes nothing from the list", async () => {
    const { members, pid } = await left("setsid sleep 60");
    expect(members).toEqual(["db1 h:5432"]);
    process.kill(pid);
  });
});

test("no shell reads the arguments", async () => {
  const file = `/tmp/pgparade-touched-${process.pid}`;
  const name = `$(touch ${file})`;
  const outcome = await run(["echo", JSON.stringify([{ name, host: "h" }])]);
  expect(outcome).toMatchObject({ ok: true, answer: { members: [{ name }] } });
  expect(existsSync(file)).toBe(false);
});

describe("the environment of the program", () => {
  const names = ["PGPASSWORD", "MEMBERS_PASSWORD", "MEMBERS_TOKEN"];
  afterEach(() => {
    for (const name of names) delete process.env[name];
  });

  test("has what it needs, and no password of a node", async () => {
    for (const name of names) process.env[name] = "given-to-us";
    const script = names
      .map((name) => `echo '{"name": "${name}-'$${name}'", "host": "${name}"}'`)
      .join("; echo ,; ");
    const seen = await told(`echo '['; ${script}; echo ']'`, { hiddenVariables: ["MEMBERS_PASSWORD"] });
    expect(seen).toEqual([
      "PGPASSWORD- PGPASSWORD:5432",
      "MEMBERS_PASSWORD- MEMBERS_PASSWORD:5432",
      "MEMBERS_TOKEN-given-to-us MEMBERS_TOKEN:5432",
    ]);
  });
});

test("one that is called off ends at once", async () => {
  const stop = new AbortController();
  const asked = run(["sleep", "60"], { deadlineMs: 60_000 }, stop);
  stop.abort();
  expect((await asked).ok).toBe(false);
  expect((await run(["echo", "[]"], {}, stop)).ok).toBe(false);
});
