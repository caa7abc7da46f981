import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [bus, daemon, tool] = ["dbus-daemon", "gnome-keyring-daemon", "secret-tool"].map((name) =>
  Bun.which(name),
);

/** In CI a keyring that is missing is a failure, and elsewhere a reason to skip. */
export const hasKeyring = Boolean(bus && daemon) || process.env["CI"] === "true";
/** And the program that puts secrets there by hand. */
export const hasSecretTool = (hasKeyring && Boolean(tool)) || process.env["CI"] === "true";

/** A Secret Service of its own, unlocked and empty; gone by `await using`. */
export type Keyring = AsyncDisposable & {
  /** How a program finds it. */
  readonly env: { readonly DBUS_SESSION_BUS_ADDRESS: string };
  /** Lets it answer nobody any more, as one does that waits for a person to unlock it. */
  readonly freeze: () => void;
  /** Puts a secret there as docs/configuration.md says; throws when that fails. */
  readonly store: (name: string, text: string) => void;
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
    store(name, text) {
      const attributes = ["xdg:schema", "com.oven-sh.bun.Secret", "service", "pgparade", "account", name];
      const { success, stderr } = Bun.spawnSync(
        [tool ?? "secret-tool", "store", "--label", name, ...attributes],
        { stdin: Buffer.from(text), env: { ...process.env, ...env } },
      );
      if (!success) throw new Error(stderr.toString());
    },
    async [Symbol.asyncDispose]() {
      service.kill("SIGKILL");
      session.kill();
      await Promise.all([service.exited, session.exited]);
      rmSync(home, { recursive: true, force: true });
    },
  };
}
