import { describe, expect, test } from "bun:test";
import { problemsOf, settingsOf } from "./config-file.ts";

const environment = { HOME: "/home/me" };

function sshOf(text: string, node = "a") {
  return settingsOf(text, { environment }).nodes.find(({ name }) => name === node)?.ssh;
}

const plain = {
  host: "bastion",
  port: null,
  user: null,
  identityFile: null,
  passphrase: [],
  passwords: [],
  agent: null,
  knownHosts: [],
  config: "/home/me/.ssh/config",
};

describe("ssh", () => {
  test("is a host, or a map with everything that may be said of it", () => {
    expect(sshOf("nodes: { a: { host: db, ssh: bastion } }")).toEqual(plain);
    const text = `nodes:
  a:
    connection: host=db
    ssh:
      host: bastion
      port: 2222
      user: deploy
      identity_file: ~/.ssh/id_ed25519
      passphrase_command: [pass, show, key]
      password_env: BASTION
      password_file: ~/secret
      agent: none
      known_hosts: [~/hosts, /etc/hosts.ssh]
      config: none
`;
    expect(sshOf(text)).toEqual({
      host: "bastion",
      port: 2222,
      user: "deploy",
      identityFile: "/home/me/.ssh/id_ed25519",
      passphrase: [{ kind: "command", argv: ["pass", "show", "key"], ttlMs: null, of: "passphrase" }],
      passwords: [
        { kind: "environment", variable: "BASTION" },
        { kind: "file", path: "/home/me/secret" },
      ],
      agent: "none",
      knownHosts: ["/home/me/hosts", "/etc/hosts.ssh"],
      config: null,
    });
  });

  test("of a node goes before that of its cluster, and that before defaults; none is straight there", () => {
    const text = `defaults: { ssh: { host: bastion, user: me } }
nodes:
  a: { host: db, ssh: near }
  b: { host: db }
  c: { host: db }
  d: { host: db, ssh: none }
clusters: { x: { nodes: [a, b], ssh: middle } }
`;
    expect(sshOf(text, "a")).toEqual({ ...plain, host: "near" });
    expect(sshOf(text, "b")).toEqual({ ...plain, host: "middle" });
    expect(sshOf(text, "c")).toEqual({ ...plain, user: "me" });
    expect(sshOf(text, "d")).toBeNull();
    expect(sshOf("nodes: { a: { host: db } }")).toBeNull();
  });

  test("holds a secret in quotes, or as a variable, in a file that is its owner's alone", () => {
    const text = (secrets: string) => `nodes: { a: { host: db, ssh: { host: b, ${secrets} } } }`;
    const environment = { HOME: "/home/me", PHRASE: "SECRETPW" };
    const given = settingsOf(text(`passphrase: "\${PHRASE}", password: "ab #cd"`), { environment });
    const { passphrase = [], passwords = [] } = given.nodes[0]?.ssh ?? {};
    const revealed = [...passphrase, ...passwords].map((one) => one.kind === "inline" && one.secret.reveal());
    expect(revealed).toEqual(["SECRETPW", "ab #cd"]);
    const unquoted = problemsOf(text("passphrase: SECRETPW, password: SECRETPW")).join("\n");
    expect(unquoted).toContain("a passphrase in quotes");
    expect(unquoted).toContain("a password in quotes");
    expect(unquoted).not.toContain("SECRETPW");
    for (const where of [
      "defaults: { SSH }",
      "nodes: { a: { host: db, SSH } }",
      "clusters: { x: { nodes: [], SSH } }",
    ])
      expect(
        problemsOf(where.replace("SSH", `ssh: { host: b, passphrase: "SECRETPW" }`), { mode: 0o644 }).join(
          "\n",
        ),
      ).toContain("a file that only its owner can read");
  });

  test("needs a host that no program takes for an option", () => {
    const found = (ssh: string) => problemsOf(`nodes: { a: { host: db, ssh: ${ssh} } }`).join("\n");
    for (const ssh of [
      `"-oProxyCommand=touch x"`,
      `{ host: "-oProxyCommand=touch x" }`,
      `"a;b"`,
      `"a b"`,
      "{ port: 22 }",
    ])
      expect(found(ssh)).toContain("the name or address of an ssh host");
    expect(found(`{ host: b, user: -x }`)).toContain("the name of an account there");
    expect(found(`{ host: b, key: x }`)).toContain("a known option");
    expect(found(`{ host: b, known_hosts: [] }`)).toContain("a file, or a list of files");
  });
});
