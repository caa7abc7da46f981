import { readFile } from "node:fs/promises";
import type { OpenSSHAgent } from "ssh2";

/**
 * An agent of which only the keys in these files are used (ssh_config(5), IdentitiesOnly): by the public half, the
 * file itself or the one with `.pub` beside it. For an agent of many keys, of which a host would refuse the sixth.
 */
export async function limitedAgent(
  Agent: typeof OpenSSHAgent,
  socket: string,
  files: readonly string[],
): Promise<OpenSSHAgent> {
  const halves = await Promise.all(files.map(publicHalf));
  class LimitedAgent extends Agent {
    override getIdentities(done: Parameters<OpenSSHAgent["getIdentities"]>[0]): void {
      super.getIdentities((error, keys) =>
        done(
          error,
          keys?.filter(
            (key) => "getPublicSSH" in key && halves.includes(key.getPublicSSH().toString("base64")),
          ),
        ),
      );
    }
  }
  return new LimitedAgent(socket);
}

async function publicHalf(file: string): Promise<string | undefined> {
  const text = await readFile(file.endsWith(".pub") ? file : `${file}.pub`, "utf8").catch(() => "");
  return text.split(/\s+/)[1];
}
