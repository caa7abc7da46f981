import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [bus, daemon] = [Bun.which("dbus-daemon"), Bun.which("gnome-keyring-daemon")];

/** In CI a keyring that is missing is a failure, and elsewhere a reason to skip. */
export const hasKeyring = (bus !== null && daemon !== null) || process.env["CI"] === "true";

/** A Secret Service of its own, unlocked and empty; gone by `await using`. */
export type Keyring = AsyncDisposable & {
  /** How a program finds it. */
  readonly env: { readonly DBUS_SESSION_BUS_ADDRESS: string };
  /** Lets it answer nobody any more, as one does that waits for a person to unlock it. */
  readonly freeze: () => void;
};

export async function openKeyring(): Promise<Keyring> {
  const home = mkdtempSync(join(tmpdir(), "pgparade-keyring-"));
  const address = `unix:path=${join(home, "bus")}`;
  const session = Bun.spawn(
    [bus ?? "dbus-daemon", "--session", "--nofork", "--print-address", `--address=${address}`],
    { stdin: "ignore", stdout: "pipe", stderr: "ignore" },
  );
  const env = { DBUS_SESSION_BUS_ADDRESS: address };
  // It says its address when it listens.
  await session.stdout.getReader().read();
  // The packaged file may carry a capability (IPC_LOCK) that a container must not have; a copy carries none.
  const copy = join(home, "gnome-keyring-daemon");
  copyFileSync(daemon ?? "gnome-keyring-daemon", copy);
  const service = Bun.spawn([copy, "--foreground", "--unlock", "--components=secrets"], {
    stdin: Buffer.from("the keyring's own password"),
    stdout: "pipe",
    stderr: "ignore",
    env: { ...process.env, ...env, HOME: home, XDG_DATA_HOME: home, XDG_RUNTIME_DIR: home },
  });
  // It says its control directory when it serves.
  await service.stdout.getReader().read();
  return {
    env,
    freeze: () => service.kill("SIGSTOP"),
    async [Symbol.asyncDispose]() {
      service.kill("SIGKILL");
      session.kill();
      await Promise.all([service.exited, session.exited]);
      rmSync(home, { recursive: true, force: true });
    },
  };
}
