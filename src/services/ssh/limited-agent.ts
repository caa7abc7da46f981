import type { OpenSSHAgent } from "ssh2";
import { textInTime } from "../files.ts";
import { largestPublicBytes } from "./key-file.ts";

/**
 * An agent of which only keys with these public halves, in base64, are used (ssh_config(5), IdentitiesOnly). For one of
 * many keys, of which a host would refuse the sixth.
 */
export function limitedAgent(
  Agent: typeof OpenSSHAgent,
  socket: string,
  halves: readonly string[],
): OpenSSHAgent {
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

/** The public halves of keys in base64: of each the file itself, or the one with `.pub` beside it, where there is one. */
export async function publicHalves(files: readonly string[]): Promise<readonly string[]> {
  const read = (file: string) => textInTime(file.endsWith(".pub") ? file : `${file}.pub`, largestPublicBytes);
  const texts = await Promise.all(files.map(read));
  return texts.flatMap((text) => text.split(/\s+/)[1] ?? []);
}
