import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { scriptedServer } from "../support/servers/fake-server.ts";
import { hostileAnswers, hostileLogins } from "../support/servers/hostile.ts";
import { crude, type Lie, lyingServer, smooth } from "../support/servers/lying-server.ts";
import { serversForTests, until } from "../support/servers/servers.ts";
import { runProgram } from "../support/terminal/program.ts";
import { ready, watching } from "../support/terminal/watching.ts";

const servers = serversForTests();
const hostiles = { ...hostileLogins, ...hostileAnswers };

/** A target for each of these, and one that is good and first. The scripts wait for their turn. */
async function among(names: readonly string[]) {
  const good = await servers.lone("good");
  const turns = names.map(() => Promise.withResolvers<void>());
  const fakes = await Promise.all(
    names.map((name, at) =>
      scriptedServer(async (client) => {
        await turns[at]?.promise;
        await hostiles[name]?.script(client);
      }),
    ),
  );
  const target = (port: number, sslmode = "disable", timeout = 30) =>
    `host=127.0.0.1 port=${port} user=monitor password=PLANTEDPW dbname=postgres sslmode=${sslmode} connect_timeout=${timeout}`;
  // A server of which silence is expected is given up as soon as it is by default.
  const targets = names.map((name, at) => {
    const { sslmode, kind } = hostiles[name] ?? {};
    return target(fakes[at]?.port ?? 0, sslmode, kind === "timeout" ? 3 : 30);
  });
  return {
    good: `127.0.0.1:${good.port}`,
    targets: [target(good.port), ...targets],
    strike: (at: number) => turns[at]?.resolve(),
    portOf: (at: number) => fakes[at]?.port ?? 0,
    async [Symbol.asyncDispose]() {
      for (const fake of fakes) await fake[Symbol.asyncDispose]();
    },
  };
}

/** Memory of a process in MiB, as Linux tells it. */
function residentMiB(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) / 1024;
}

test("the program lives on among forty hostile servers, shows each and answers keys", async () => {
  const names = Object.keys(hostiles);
  await using world = await among(names);
  await using terminal = watching(world.targets, { columns: 140, rows: 60 });
  const isUp = new RegExp(`❯● ${world.good} +primary`);
  await ready(terminal, isUp);
  for (const at of names.keys()) world.strike(at);
  // Below the nodes stand the worst alerts, with the same sign.
  await terminal.until((rows) => rows.filter((row) => /^ ✖ \S+ +– /.test(row)).length === names.length);
  terminal.press("?");
  await terminal.until(/Esc/);
  terminal.press("Escape");
  await terminal.until(isUp);
  terminal.press("q");
  expect(await terminal.exited).toEqual({ code: 0, signal: null });
});

const floods = Object.keys(hostiles).filter((name) => /flood|without an end|2 GiB|for ever/.test(name));

test.skipIf(process.platform !== "linux")("no flood costs 50 MB", async () => {
  await using world = await among(floods);
  await using terminal = watching(world.targets, { columns: 140 });
  await ready(terminal, new RegExp(`❯● ${world.good} +primary`));
  const restingMiB = residentMiB(terminal.pid);
  for (const [at, name] of floods.entries()) {
    const beforeMiB = residentMiB(terminal.pid);
    let peakMiB = beforeMiB;
    world.strike(at);
    const shown = new RegExp(
      `✖ 127.0.0.1:${world.portOf(at)} .*${hostiles[name]?.message?.slice(0, 20) ?? ""}`,
    );
    await until(async () => {
      peakMiB = Math.max(peakMiB, residentMiB(terminal.pid));
      return shown.test((await terminal.screen()).join("\n"));
    });
    expect(peakMiB - beforeMiB).toBeLessThan(50);
  }
  await until(() => residentMiB(terminal.pid) - restingMiB < 50);
});

test("check says of each what is wrong and ends", async () => {
  const names = Object.keys(hostiles);
  await using world = await among(names);
  for (const at of names.keys()) world.strike(at);
  const { code, stdout, stderr } = await runProgram(["check", "--format", "json", ...world.targets]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: "" });
  const { nodes }: { nodes: { error: { kind: string } | null }[] } = JSON.parse(stdout);
  const kinds = names.map((name) => hostiles[name]?.kind ?? "");
  expect(nodes.map(({ error }) => error?.kind ?? "none")).toEqual(["none", ...kinds]);
});

test("whatever a server lies, every view of it can be looked at", async () => {
  const good = await servers.lone("good");
  let [told, widthOfPulse] = [0, 0];
  let lie: Lie | null = null;
  await using liar = await lyingServer(good.port, (value, width) => {
    told += 1;
    if (lie === null) widthOfPulse = width;
    // What no number is would end the node before anything is looked at.
    return lie === null || (lie === crudeMix && width === widthOfPulse) ? value : lie(value, width);
  });
  const target = `host=127.0.0.1 port=${liar.port} user=monitor dbname=postgres sslmode=disable`;
  await using terminal = watching(["--refresh", "250ms", target], { columns: 140 });
  await ready(terminal, new RegExp(`❯● 127.0.0.1:${liar.port} +primary`));
  for (const next of [mix(smooth), crudeMix]) {
    lie = next;
    for (const key of ["Enter", "a", ...Array.from({ length: 8 }, () => "Tab"), "Escape", "Escape"]) {
      const before = told;
      terminal.press(key);
      await until(() => told > before + 30);
    }
  }
  terminal.press("q");
  expect(await terminal.exited).toEqual({ code: 0, signal: null });
});

/** Texts of a server with a link, colours and a row of its own in front; what is read as a value stays. */
const disguised: Lie = (value) => {
  const text = value?.toString() ?? "";
  const isValue = /^(-?[\d.]{0,17}|t|f|[\dA-F]+\/[\dA-F]+|\{.*\}|on|off)$/s.test(text);
  return isValue ? value : Buffer.from(`\u001b]8;;http://trap.example\u0007\u001b[31mX\r\nforged ${text}`);
};

test("no text that a server says of itself reaches the terminal as it is", async () => {
  const good = await servers.lone("good");
  await using liar = await lyingServer(good.port, disguised);
  // A superuser may read the system identifier.
  const target = `host=127.0.0.1 port=${liar.port} user=postgres dbname=postgres sslmode=disable`;
  await using terminal = watching([target], { columns: 140, rows: 40 });
  await ready(terminal, new RegExp(`❯● 127.0.0.1:${liar.port} +primary`));
  terminal.press("Enter");
  await terminal.until(/system identifier +\\x1b\]8;;http:/);
  // The last is not Escape: a key right behind it would be one with Alt, and no screen tells when it was read.
  for (const key of ["a", "Enter", "Escape", ...Array.from({ length: 4 }, () => "Tab")]) {
    terminal.press(key);
    const rows = await terminal.until(/^ pgparade /);
    expect(rows.filter((row) => row.startsWith("forged"))).toEqual([]);
  }
  terminal.press("q");
  await terminal.exited;
  expect(terminal.output()).not.toContain("trap.example\u0007");
  expect(terminal.output()).not.toContain("\u001b]8;;http");
});

/** One lie after another. */
function mix(lies: Readonly<Record<string, Lie>>): Lie {
  const all = Object.values(lies);
  let at = 0;
  return (value, width) => all[at++ % all.length]?.(value, width) ?? null;
}

const crudeMix = mix(crude);
