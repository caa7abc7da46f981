import { basename } from "node:path";
import type { NamedSource, NodeSettings, PasswordSource } from "../../config/settings.ts";
import { findPassword } from "../../postgres/conninfo/password-file.ts";
import { askKeyring, findInKeyring } from "./keyring.ts";
import { askCommand } from "./password-command.ts";
import { found, type Lookup, nothing } from "./password-lookup.ts";
import { readPrivateFile } from "./private-file.ts";
import { Turns } from "./turns.ts";

/** A hundred nodes start at once; a hundred interpreters that fetch a token each would miss their 5 s together. */
const commands = new Turns(8);

/** Asks one source for a node's password. A command may have to wait for its turn. Never rejects. */
export async function askSource(
  source: PasswordSource,
  node: NodeSettings,
  childEnvironment: () => Record<string, string>,
): Promise<Lookup> {
  switch (source.kind) {
    case "keyring":
      return source.name === undefined ? askKeyring(node) : findInKeyring(source.name);
    case "passfile":
      return askPasswordFile(source.path, node);
    default:
      return askNamed(source, childEnvironment);
  }
}

/** The same of a source that is found without a node. */
export async function askNamed(
  source: NamedSource,
  childEnvironment: () => Record<string, string>,
): Promise<Lookup> {
  switch (source.kind) {
    case "inline":
      return { secret: source.secret };
    case "environment": {
      const text = process.env[source.variable];
      return text ? found(text) : nothing(`${source.variable} is not set`);
    }
    case "file": {
      const file = await readPrivateFile(fieldOf(source), source.path);
      if (!("text" in file)) return file;
      const [line = ""] = file.text.split(/\r?\n/, 1);
      return line === "" ? nothing(`${nameOf(source)} is empty`) : found(line);
    }
    case "command":
      return commands.take(() => askCommand(nameOf(source), source.argv, childEnvironment()));
  }
}

/** By the name of the server itself, also where the way to it leads through a tunnel. */
async function askPasswordFile(path: string, { connection }: NodeSettings): Promise<Lookup> {
  const file = await readPrivateFile("password file", path);
  if (!("text" in file)) return file;
  const text = findPassword(file.text, connection);
  if (text !== null) return found(text);
  const { user, host, port } = connection;
  return nothing(`${path} has no line for ${user} on ${host}:${port}`);
}

/** A source in words, for errors. */
export function nameOf(source: PasswordSource): string {
  switch (source.kind) {
    case "inline":
      return source.from ?? "the config";
    case "environment":
      return source.variable;
    case "file":
      return `${fieldOf(source)} ${source.path}`;
    case "command":
      return `${fieldOf(source)} ${basename(source.argv[0] ?? "")}`;
    case "keyring":
      return "the keyring";
    case "passfile":
      return source.path;
  }
}

/** What the field is called that names a source. */
function fieldOf({ kind, of }: Extract<PasswordSource, { kind: "file" | "command" }>): string {
  return `${of ?? "password"}_${kind}`;
}
