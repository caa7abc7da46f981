import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { localSystem } from "../../src/config/resolve/local-system.ts";
import { type ConnectionFacts, expandTokens, fileTokens, proxyTokens } from "../../src/ssh/tokens.ts";

const facts: ConnectionFacts = {
  host: "web.example.com",
  originalHost: "web",
  port: 2222,
  user: "bob",
  hostKeyAlias: "the-alias",
  jumpHost: "gate",
  localUser: localSystem(process.env).user,
  localUserId: userInfo().uid,
  localHost: hostname(),
  home: userInfo().homedir,
};
const environment = { PLAIN: "plain", TRICKY: `%h\${PLAIN}%%`, EMPTY: "" };

test("a token or a variable that is filled in is not looked at again, and a missing one is named", () => {
  const expand = (text: string) => expandTokens(text, fileTokens(facts), environment);
  expect(expand("a%%h-%h-%%%n")).toEqual({ ok: true, text: "a%h-web.example.com-%web" });
  expect(expand(`\${TRICKY}%p$PLAIN\${EMPTY}`)).toEqual({ ok: true, text: `%h\${PLAIN}%%2222$PLAIN` });
  const problem = (text: string) => {
    const expanded = expand(text);
    return expanded.ok ? null : expanded.problem;
  };
  expect(problem("a%x")).toBe("the token %x, which it does not take");
  expect(problem("a%")).toBe("a % at its end, which is written %%");
  expect(problem(`\${MISSING}`)).toBe("the variable MISSING, which is not set");
  expect(problem(`\${toString}`)).toBe("the variable toString, which is not set");
  expect(problem(`\${OPEN`)).toBe(`a \${ that no } ends`);
  expect(expandTokens(`\${PLAIN}%h`, proxyTokens(facts))).toMatchObject({ text: `\${PLAIN}web.example.com` });
});

const ssh = Bun.which("ssh");

describe.skipIf(ssh === null && process.env["CI"] !== "true")("beside ssh (needs openssh-client)", () => {
  const folder = mkdtempSync(join(tmpdir(), "t"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const config = join(folder, "config");

  /** What ssh makes of a value of ControlPath, which takes what files do; null when it refuses it. */
  function theirs(value: string): string | null {
    const lines = ["HostName %h.example.com", "Port 2222", "User bob", "HostKeyAlias the-alias"];
    const jump = ["ProxyJump first,me@gate:23", `ControlPath "/=${value}="`];
    writeFileSync(config, `Host web\n${[...lines, ...jump].join("\n")}\n`);
    const child = Bun.spawnSync([ssh ?? "", "-O", "check", "-F", config, "web"], { env: environment });
    return /\/=(.*)=(?:\)|')/s.exec(child.stderr.toString())?.[1] ?? null;
  }

  const knowsJump = theirs("%j") !== null;
  const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0_ "];
  const values = [
    ...letters.map((letter) => `%${letter}`),
    ...[
      "%%",
      "%%h",
      "%",
      "%h-%n-%p-%r",
      `\${PLAIN}`,
      `\${TRICKY}`,
      "$PLAIN",
      `\${MISSING}`,
      `\${PLAIN`,
      `\${EMPTY}x`,
      `\${}`,
    ],
  ];
  test.each(values)("%p is filled in alike", (value) => {
    // Before %j there was, it was no part of %C.
    const ours = knowsJump ? facts : { ...facts, jumpHost: "" };
    const { j, ...older } = fileTokens(ours);
    const expanded = expandTokens(`${value}=`, knowsJump ? { ...older, j: j ?? "" } : older, environment);
    expect(expanded.ok ? expanded.text : null).toBe(theirs(value) === null ? null : `${theirs(value)}=`);
  });
});
