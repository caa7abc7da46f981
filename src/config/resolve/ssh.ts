import { isSshName } from "../../ssh/hop.ts";
import { Secret } from "../../text/secret.ts";
import { fromHome } from "../home.ts";
import type { Environment } from "../interpolate.ts";
import type { PasswordSource, SshSettings } from "../settings.ts";
import { command, exactText, integer, type Kind, text } from "../values.ts";
import { namedSources } from "./passwords.ts";

/** A name or an address that no program could take for an option. */
const host: Kind<string> = {
  ...text("the name or address of an ssh host", "bastion.example.com"),
  parse: (given) => (typeof given === "string" && isSshName(given) ? given : undefined),
};

const user: Kind<string> = {
  ...text("the name of an account there", "deploy"),
  parse: (given) => (typeof given === "string" && /^[^-\p{Cc}][^\p{Cc}]*$/u.test(given) ? given : undefined),
};

const files: Kind<readonly string[]> = {
  expected: "a file, or a list of files",
  example: "~/.ssh/known_hosts",
  shown: null,
  parse: (given) => {
    const list: readonly unknown[] = Array.isArray(given) ? given : [given];
    return list.length > 0 && list.every(isLine) ? list : undefined;
  },
  print: (paths) => paths.join(", "),
  json: { type: ["string", "array"], items: { type: "string" } },
};

function isLine(given: unknown): given is string {
  return typeof given === "string" && /^[^\p{Cc}]+$/u.test(given);
}

/** Fields of `ssh`. */
export const sshFields = {
  host,
  port: integer(1, 65_535, 22),
  user,
  identity_file: text("a private key's file", "~/.ssh/id_ed25519"),
  passphrase: exactText("a passphrase in quotes", `"\${SSH_PASSPHRASE}"`),
  passphrase_env: text("the name of an environment variable", "SSH_PASSPHRASE"),
  passphrase_file: text("a file whose first line is the passphrase", "/run/secrets/ssh"),
  passphrase_command: command,
  password: exactText("a password in quotes", `"\${BASTION_PASSWORD}"`),
  password_env: text("the name of an environment variable", "BASTION_PASSWORD"),
  password_file: text("a file whose first line is the password", "/run/secrets/bastion"),
  password_command: command,
  agent: text("the socket of an agent, or none", "/run/user/1000/agent.sock"),
  known_hosts: files,
  config: text("a file in the form of ssh_config, or none", "~/.ssh/config"),
};

type SshFields = {
  readonly [field in keyof typeof sshFields]?:
    | ((typeof sshFields)[field] extends Kind<infer Value> ? Value : never)
    | undefined;
} & { readonly host: string };

/** The way to a node by the nearest section as a whole; `none` is straight there. */
export function sshSettings(section: SshFields | undefined, environment: Environment): SshSettings | null {
  if (!section || section.host === "none") return null;
  const path = (given: string) => fromHome(given, environment);
  const inline = (own?: string): PasswordSource[] =>
    own === undefined ? [] : [{ kind: "inline", secret: new Secret(own) }];
  const passphrase = {
    password_env: section.passphrase_env,
    password_file: section.passphrase_file,
    password_command: section.passphrase_command,
  };
  const { identity_file, agent, config = "~/.ssh/config" } = section;
  return {
    host: section.host,
    port: section.port ?? null,
    user: section.user ?? null,
    identityFile: identity_file === undefined ? null : path(identity_file),
    passphrase: [...inline(section.passphrase), ...namedSources(passphrase, environment, "passphrase")],
    passwords: [...inline(section.password), ...namedSources(section, environment)],
    agent: agent === undefined ? null : path(agent),
    knownHosts: (section.known_hosts ?? []).map(path),
    config: config === "none" ? null : path(config),
  };
}
