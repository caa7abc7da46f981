import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { configOf, parseClientConfig } from "../../src/ssh/client-config.ts";
import { parseJumps } from "../../src/ssh/jump.ts";

function configFor(host: string, text: string): Record<string, readonly string[]> {
  return Object.fromEntries(configOf(host, parseClientConfig(text), "me"));
}

test("a line is a keyword and words, with = or blanks between and quotes around blanks", () => {
  const words = (line: string) => parseClientConfig(line).map(({ keyword, words }) => [keyword, ...words]);
  expect(words("HostName db1")).toEqual([["hostname", "db1"]]);
  expect(words("  PORT=2222\r")).toEqual([["port", "2222"]]);
  expect(words("\tUser = me")).toEqual([["user", "me"]]);
  expect(words(`IdentityFile "~/my keys/id" # mine`)).toEqual([["identityfile", "~/my keys/id"]]);
  expect(words(`IdentityFile '~/my keys/id'`)).toEqual([["identityfile", "~/my keys/id"]]);
  expect(words(`IdentityFile ~/my\\ keys/"a \\"b\\""`)).toEqual([["identityfile", `~/my keys/a "b"`]]);
  expect(words("Host a b !c")).toEqual([["host", "a", "b", "!c"]]);
  expect(words("# Host a\n\n   \nCompression")).toEqual([["compression"]]);
  expect(words(`User "open`)).toEqual([["user", `"`, "open"]]);
});

describe("of a host", () => {
  test("the first that is said counts, but keys are gathered", () => {
    const text = `
      IdentityFile ~/.ssh/all
      Host db?
        User first
        IdentityFile ~/.ssh/db
      Host db1 other
        HostName db1.example.com
        User second
        Port 2222
      Host *
        User last`;
    expect(configFor("db1", text)).toEqual({
      identityfile: ["~/.ssh/all", "~/.ssh/db"],
      user: ["first"],
      hostname: ["db1.example.com"],
      port: ["2222"],
    });
    expect(configFor("elsewhere", text)).toEqual({ identityfile: ["~/.ssh/all"], user: ["last"] });
  });

  test("Match knows hosts and users, and nothing that would have to be run", () => {
    const user = (host: string, match: string) =>
      configFor(host, `Host a\nHostName a.example.com\nMatch ${match}\nUser x`)["user"];
    expect(user("a", "all")).toEqual(["x"]);
    expect(user("a", "host *.example.com")).toEqual(["x"]);
    expect(user("a", "originalhost b,a localuser me")).toEqual(["x"]);
    expect(user("b", "host *.example.com")).toBeUndefined();
    expect(user("b", "!host *.example.com")).toEqual(["x"]);
    expect(user("a", "user me")).toEqual(["x"]);
    expect(user("a", "user you")).toBeUndefined();
    for (const match of ["exec true", "!exec false", "final", "host", "", "host a.example.com exec true"])
      expect(user("a", match)).toBeUndefined();
  });

  test("what is included stands where it is included", () => {
    const included = parseClientConfig("User mine\nHost b\nUser b's");
    const lines = parseClientConfig("Host a\nInclude other\nUser late\nHost *\nUser last").map((line) =>
      line.keyword === "include" ? { ...line, included: [included] } : line,
    );
    expect(configOf("a", lines, "me").get("user")).toEqual(["mine"]);
    expect(configOf("b", lines, "me").get("user")).toEqual(["last"]);
  });
});

test("ProxyJump names hosts with user and port, one after the other", () => {
  const jump = (host: string, port: number | null = null, user: string | null = null) => ({
    host,
    port,
    user,
  });
  expect(parseJumps("none")).toEqual([]);
  expect(parseJumps("a")).toEqual([jump("a")]);
  expect(parseJumps("me@a:2222, b")).toEqual([jump("a", 2222, "me"), jump("b")]);
  expect(parseJumps("ssh://me@a:22/")).toEqual([jump("a", 22, "me")]);
  expect(parseJumps("x@y@[::1]:22")).toEqual([jump("::1", 22, "x@y")]);
  for (const text of ["", "a,", "a:b", "::1", "a b:c"]) expect(parseJumps(text)).toBeNull();
});

const ssh = Bun.which("ssh");

describe.skipIf(ssh === null && process.env["CI"] !== "true")("beside ssh -G (needs openssh-client)", () => {
  const folder = mkdtempSync(join(tmpdir(), "pgparade-config-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const text = `
User=everybody
Host web* !web9
  Port 2201
Host "quoted" bastion
  HostName bastion.example.com
  User 'of bastion'
Match originalhost bastion,web1 !user nobody
  ProxyJump one,two:23
  HostKeyAlias "the one"
Match host bastion.example.com
  IdentityFile ~/a
  IdentityFile "~/b c"
Host web?
  Port 2202
  HostName %h.example.com
Host *
  Port 2203
  UserKnownHostsFile /a /b
`;
  test.each(["web1", "web9", "web", "bastion", "quoted", "elsewhere"])("%s is read alike", (host) => {
    const file = join(folder, "config");
    writeFileSync(file, text);
    const theirs = new Map<string, string[]>();
    const child = Bun.spawnSync([ssh ?? "", "-G", "-F", file, host]);
    for (const line of child.stdout.toString().split("\n")) {
      const [keyword = "", ...rest] = line.split(" ");
      theirs.set(keyword, [...(theirs.get(keyword) ?? []), rest.join(" ")]);
    }
    const ours = configOf(host, parseClientConfig(text), userInfo().username);
    const expected = { hostname: [host], proxyjump: undefined, hostkeyalias: undefined };
    for (const keyword of ["port", "user", "userknownhostsfile", "proxyjump", "hostkeyalias", "hostname"]) {
      const found = ours.get(keyword) ?? Reflect.get(expected, keyword);
      const joined = found && [found.join(" ").replaceAll("%h", host)];
      expect([keyword, joined]).toEqual([keyword, theirs.get(keyword)]);
    }
    const keys = ours.get("identityfile");
    if (keys) expect(theirs.get("identityfile")).toEqual([...keys]);
  });
});
