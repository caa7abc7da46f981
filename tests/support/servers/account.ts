import { until } from "./servers.ts";
import { hasSshd } from "./sshd.ts";

const run = (...argv: string[]) => Bun.spawnSync(argv, { stdio: ["ignore", "ignore", "ignore"] }).success;

/** sshd asks the system for the hash of a password, and only root can make an account. */
export const makesAccounts = hasSshd && process.getuid?.() === 0 && Bun.which("useradd") !== null;

/** A throw-away account with a password that no shell lets in; gone by `await using`. */
export async function makeAccount(password: string): Promise<AsyncDisposable & { readonly name: string }> {
  const name = `pgparade-${process.pid}-${Math.trunc(performance.now())}`;
  const remove = () => !run("id", name) || run("userdel", name);
  process.once("exit", remove);
  const hash = Bun.spawnSync(["openssl", "passwd", "-6", password]).stdout.toString().trim();
  // Somebody else may be at the list of accounts just now.
  await until(() => run("useradd", "-M", "-N", "-s", "/usr/sbin/nologin", "-p", hash, name));
  return {
    name,
    async [Symbol.asyncDispose]() {
      // Whoever was logged in under the name may take a moment to go.
      await until(remove);
      process.removeListener("exit", remove);
    },
  };
}
