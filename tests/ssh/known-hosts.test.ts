import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fingerprint, hostKeyOf } from "../../src/ssh/host-key.ts";
import { judge, knownHostsLine, knownTypes, parseKnownHosts } from "../../src/ssh/known-hosts.ts";

const ed = hostKeyOf(wire("ssh-ed25519", "one"));
const other = hostKeyOf(wire("ssh-ed25519", "two"));
const rsa = hostKeyOf(wire("ssh-rsa", "three"));

function wire(type: string, rest: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, Buffer.from(type), Buffer.from(rest)]);
}

function verdict(text: string, host = "bastion", port = 22, key = ed) {
  return judge(parseKnownHosts(text, "known_hosts"), host, port, key);
}

test("a key on the wire says its type", () => {
  expect(ed.type).toBe("ssh-ed25519");
  expect(rsa.type).toBe("ssh-rsa");
  expect(hostKeyOf(new Uint8Array([0, 0])).type).toBe("");
});

describe("a host's key", () => {
  const line = (name: string, key = ed) => `${name} ${key.type} ${key.base64}`;

  test("is known by a plain name, one of several, a pattern, and whatever the case", () => {
    for (const name of ["bastion", "10.0.0.1,BASTION", "bast*", "b?stion"])
      expect(verdict(line(name))).toEqual({ kind: "known" });
    expect(verdict(line("bastion"), "Bastion")).toEqual({ kind: "known" });
    expect(verdict(`${line("bastion")} who@where since 2020`)).toEqual({ kind: "known" });
    expect(verdict(`# bastion\n\n  ${line("bastion")}\r\n`)).toEqual({ kind: "known" });
  });

  test("is unknown when no line speaks of the host", () => {
    for (const text of ["", "#x", line("other"), `bastion ssh-ed25519`, line("*,!bastion"), line("|2|x|y")])
      expect(verdict(text)).toEqual({ kind: "unknown" });
  });

  test("has changed when the host is known by another, of any type", () => {
    expect(verdict(`\n${line("bastion", other)}`)).toEqual({ kind: "changed", where: "known_hosts:2" });
    expect(verdict(line("bastion", rsa))).toEqual({ kind: "changed", where: "known_hosts:1" });
    expect(verdict(`${line("bastion", rsa)}\n${line("bastion", other)}`)).toEqual({
      kind: "changed",
      where: "known_hosts:2",
    });
    expect(verdict(`${line("bastion", other)}\n${line("bastion")}`)).toEqual({ kind: "known" });
  });

  test("is refused for ever once it is revoked", () => {
    const revoked = { kind: "revoked", where: "known_hosts:2" } as const;
    expect(verdict(`${line("bastion")}\n@revoked ${line("*")}`)).toEqual(revoked);
    expect(verdict(`@revoked ${line("bastion", other)}`)).toEqual({ kind: "unknown" });
    expect(verdict(`${line("bastion")}\n@revoked ${line("bastion")}`, "bastion", 2222)).toEqual(revoked);
  });

  test("is certified where an authority vouches for the host and no line knows its key", () => {
    const certified = { kind: "certified", where: "known_hosts:1" } as const;
    const authority = (name: string) => `@cert-authority ${line(name, other)}`;
    for (const name of ["*", "bastion", "10.0.0.1,b*", "*,!other"])
      expect(verdict(authority(name))).toEqual(certified);
    // Who is the authority shows certificates and not its own key.
    expect(verdict(`@cert-authority ${line("*")}`)).toEqual(certified);
    expect(verdict(authority("bastion"), "bastion", 2222)).toEqual(certified);
    expect(verdict(authority("[bastion]:2222"), "bastion", 2222)).toEqual(certified);
    expect(verdict(authority("[bastion]:2222"))).toEqual({ kind: "unknown" });
    expect(verdict(authority("*,!bastion"))).toEqual({ kind: "unknown" });
    expect(verdict(`${authority("*")}\n${line("bastion")}`)).toEqual({ kind: "known" });
    expect(verdict(`${authority("*")}\n${line("bastion", rsa)}`)).toMatchObject({ kind: "changed" });
    expect(verdict(`${authority("*")}\n@revoked ${line("*")}`)).toMatchObject({ kind: "revoked" });
    expect(verdict(`@unheard-of ${line("*")}`)).toEqual({ kind: "unknown" });
    expect(knownTypes(parseKnownHosts(authority("*"), "f"), "bastion", 22)).toEqual([]);
  });

  test("counts for its port, and from the usual port for every other", () => {
    expect(verdict(line("[bastion]:2222"), "bastion", 2222)).toEqual({ kind: "known" });
    expect(verdict(line("[bastion]:2222"))).toEqual({ kind: "unknown" });
    expect(verdict(line("[bastion]:2222"), "bastion", 2223)).toEqual({ kind: "unknown" });
    expect(verdict(line("bastion"), "bastion", 2222)).toEqual({ kind: "known" });
    expect(verdict(line("bastion", other), "bastion", 2222)).toEqual({ kind: "unknown" });
    expect(verdict(`${line("bastion")}\n${line("[bastion]:2222", other)}`, "bastion", 2222)).toEqual({
      kind: "known",
    });
  });

  test("is asked for by the types that the host is known by", () => {
    const types = (text: string, port = 22) => knownTypes(parseKnownHosts(text, "f"), "bastion", port);
    expect(types(`${line("bastion", rsa)}\n@revoked ${line("bastion")}\n${line("other")}`)).toEqual([
      "ssh-rsa",
    ]);
    expect(types(line("bastion"), 2222)).toEqual(["ssh-ed25519"]);
    expect(types(`${line("bastion")}\n${line("[bastion]:2222", rsa)}`, 2222)).toEqual(["ssh-rsa"]);
  });

  test("is written in a line that makes it known", () => {
    for (const port of [22, 2222]) {
      const written = knownHostsLine("Bastion", port, ed);
      expect(verdict(written, "bastion", port)).toEqual({ kind: "known" });
    }
    expect(knownHostsLine("bastion", 2222, ed)).toBe(`[bastion]:2222 ssh-ed25519 ${ed.base64}\n`);
  });
});

const keygen = Bun.which("ssh-keygen");

describe.skipIf(keygen === null && !process.env["CI"])("beside ssh-keygen", () => {
  const folder = mkdtempSync(join(tmpdir(), "pgparade-keys-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const run = (...args: string[]) => Bun.spawnSync([keygen ?? "", ...args]).stdout.toString();

  test("the fingerprint is the same and its hashed names are understood", () => {
    const [file, hosts] = [join(folder, "key"), join(folder, "known_hosts")];
    run("-q", "-t", "ed25519", "-N", "", "-f", file);
    const [type = "", base64 = ""] = readFileSync(`${file}.pub`, "utf8").split(" ");
    const key = hostKeyOf(Buffer.from(base64, "base64"));
    expect(key).toEqual({ type, base64 });
    expect(run("-l", "-f", `${file}.pub`)).toContain(` ${fingerprint(key)} `);

    writeFileSync(hosts, knownHostsLine("bastion", 22, key) + knownHostsLine("bastion", 2222, key));
    run("-H", "-f", hosts);
    const text = readFileSync(hosts, "utf8");
    expect(text).not.toContain("bastion");
    expect(verdict(text, "bastion", 22, key)).toEqual({ kind: "known" });
    expect(verdict(text, "bastion", 2222, key)).toEqual({ kind: "known" });
    expect(verdict(text, "elsewhere", 22, key)).toEqual({ kind: "unknown" });
    expect(verdict(text, "bastion", 2222, other)).toEqual({ kind: "changed", where: "known_hosts:2" });
  });
});
