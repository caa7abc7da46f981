import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { localSystem } from "../../src/config/resolve/local-system.ts";
import type { SshSettings } from "../../src/config/settings.ts";
import { sshRoute } from "../../src/services/ssh/route.ts";

const home = mkdtempSync(join(tmpdir(), "pgparade-route-"));
const before = { ...process.env };
Object.assign(process.env, { HOME: home, KEYS: "/keys", SSH_AUTH_SOCK: "/agent", OTHER: "/other" });
afterAll(() => {
  for (const name of ["HOME", "SSH_AUTH_SOCK"]) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
  for (const name of ["KEYS", "OTHER"]) delete process.env[name];
  rmSync(home, { recursive: true, force: true });
});

const me = localSystem(process.env).user;
const usual = ["known_hosts", "known_hosts2"].map((name) => join(home, ".ssh", name));
const everybodys = ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"];

async function route(text: string, more: Partial<SshSettings> = {}) {
  const config = join(home, "config");
  writeFileSync(config, text, { mode: 0o600 });
  return sshRoute({
    ...{
      host: "web",
      port: null,
      user: null,
      identityFile: null,
      passphrase: [],
      passwords: [],
      agent: null,
    },
    ...{ knownHosts: [], config, ...more },
  });
}

/** The last host of the way, and why there is none. */
const last = async (text: string) => (await route(text)).at(-1);
const problem = (text: string) =>
  route(text).then(
    () => null,
    (cause: Error) => cause.message,
  );
/** A variable of ssh_config. */
const variable = (name: string) => `\${${name}}`;

describe("every keyword takes its tokens and variables", () => {
  const head = "Host web\n HostName %h%%z.example.com\n Port 2222\n User bob\n";
  const host = "web%z.example.com";

  test("IdentityFile, IdentityAgent and UserKnownHostsFile take those of files", async () => {
    const hop = await last(
      `${head} IdentityFile ${variable("KEYS")}/%n-%p-%k\n IdentityFile ~/%r-%u-%L\n IdentitiesOnly yes\n` +
        " IdentityAgent %d/agent-%i\n UserKnownHostsFile ~/known-%h /k%%\n HostKeyAlias alias\n",
    );
    expect(hop?.host).toBe(host);
    const keys = ["/keys/web-2222-alias", join(home, `bob-${me}-${hostname().split(".")[0]}`)];
    expect(hop?.keys).toEqual([
      ...keys.map((path) => ({ kind: "file" as const, path })),
      { kind: "agent", socket: `${home}/agent-${process.getuid?.()}`, only: keys },
    ]);
    expect(hop?.knownHosts).toEqual([join(home, `known-${host}`), "/k%", ...everybodys]);
  });

  test("IdentityAgent takes a variable by its name, and none", async () => {
    expect((await last("IdentityAgent $OTHER\n"))?.keys).toContainEqual({
      kind: "agent",
      socket: "/other",
      only: null,
    });
    expect((await last("IdentityAgent SSH_AUTH_SOCK\n"))?.keys).toContainEqual({
      kind: "agent",
      socket: "/agent",
      only: null,
    });
    expect((await last("IdentityAgent none\n"))?.keys).toEqual([]);
    expect((await last("IdentityAgent $NOWHERE_SET\n"))?.keys).toEqual([]);
  });

  test("ProxyJump takes those of the host it leads to, in each of its parts", async () => {
    const hops = await route(`${head} ProxyJump %r@gate-%n:23,edge%p\n`);
    expect(hops.map(({ user, host, port }) => [user, host, port])).toEqual([
      ["bob", "gate-web", 23],
      [me, "edge2222", 22],
      ["bob", host, 2222],
    ]);
  });

  test("User takes those that it is no part of", async () => {
    expect((await last("User %u-of-%n\n"))?.user).toBe(`${me}-of-web`);
    expect(await problem("User %r\n")).toContain("the User of ssh web has the token %r");
  });

  test("Include takes those that are the same for every host", async () => {
    mkdirSync(join(home, me), { recursive: true });
    writeFileSync(join(home, me, "more"), "User included\n", { mode: 0o600 });
    expect((await last(`Include %d/%u/mor?\n`))?.user).toBe("included");
    expect((await last(`Include ${variable("HOME")}/*/more\n`))?.user).toBe("included");
    expect(await problem("Include %h\n")).toContain("cannot be read");
  });

  test("Match host judges the name that HostName gives", async () => {
    expect((await last("HostName %h.a%%b\nMatch host web.a%b\nUser matched\n"))?.user).toBe("matched");
  });
});

test.each([
  ["IdentityFile ~/%f", "the IdentityFile of ssh web has the token %f, which it does not take"],
  ["IdentityFile ~/100%", "the IdentityFile of ssh web has a % at its end, which is written %%"],
  [
    `IdentityAgent ${variable("NOT_SET")}/a`,
    "the IdentityAgent of ssh web has the variable NOT_SET, which is not set",
  ],
  ["UserKnownHostsFile /%H", "the UserKnownHostsFile of ssh web has the token %H, which it does not take"],
  ["HostName %n.example.com", "the HostName of ssh web has the token %n, which it does not take"],
  ["HostName fe80::1%eth0", "the HostName of ssh web has the token %e, which it does not take"],
  ["ProxyJump gate-%k", "the ProxyJump of ssh web has the token %k, which it does not take"],
])("%s is refused by the token's name", async (line, message) => {
  expect(await problem(`${line}\n`)).toBe(message);
});

test("files of known hosts are those of the user and those of the machine, each as usual unless it is said", async () => {
  expect((await last(""))?.knownHosts).toEqual([...usual, ...everybodys]);
  expect((await last("UserKnownHostsFile /a\n"))?.knownHosts).toEqual(["/a", ...everybodys]);
  expect((await last("GlobalKnownHostsFile /%h ~/g\n"))?.knownHosts).toEqual([
    ...usual,
    "/%h",
    join(home, "g"),
  ]);
  expect((await last("UserKnownHostsFile none\nGlobalKnownHostsFile /a\n"))?.knownHosts).toEqual(["/a"]);
  const [given] = await route("UserKnownHostsFile /a\n", { knownHosts: ["/b%h"] });
  expect(given?.knownHosts).toEqual(["/b%h"]);
});

test("a file that the node's own ssh names is taken as it is", async () => {
  const [hop] = await route("", { identityFile: "/keys/100%h", agent: "/a%" });
  expect(hop?.keys).toEqual([
    { kind: "file", path: "/keys/100%h" },
    { kind: "agent", socket: "/a%", only: null },
  ]);
});
