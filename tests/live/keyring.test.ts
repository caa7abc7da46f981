import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const daemon = Bun.which("gnome-keyring-daemon");
const session = Bun.which("dbus-run-session");
const fixture = new URL("../support/keyring.fixture.ts", import.meta.url).pathname;
const home = mkdtempSync(join(tmpdir(), "pgparade-keyring-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** What the fixture says on a session bus where `before` has been run. */
async function inSession(before: string): Promise<Record<string, unknown>> {
  const command = `${before}; exec "$0" "$1"`;
  const child = Bun.spawn([session ?? "", "--", "sh", "-c", command, process.execPath, fixture], {
    env: { ...process.env, HOME: home, XDG_DATA_HOME: join(home, "data"), XDG_RUNTIME_DIR: home },
    stderr: "ignore",
  });
  return JSON.parse(await new Response(child.stdout).text());
}

describe.skipIf((daemon === null || session === null) && !process.env["CI"])(
  "a keyring (needs gnome-keyring-daemon and dbus-run-session)",
  () => {
    test("gives back what was stored for this user at this server, until it is removed", async () => {
      const none = "the keyring has no monitor@127.0.0.1:5432/postgres";
      const said = await inSession(
        "printf pass | gnome-keyring-daemon --unlock --components=secrets >/dev/null",
      );
      expect(said).toMatchObject({
        before: none,
        stored: null,
        replaced: null,
        found: `sécret "two"`,
        other: "the keyring has no monitor@127.0.0.1:5433/postgres",
        followed: null,
        otherFollowed: `sécret "two"`,
        followedAgain: null,
        otherKept: `sécret "two"`,
        removed: null,
        removedAgain: null,
        after: none,
      });
    });

    test("that is not there says so at once, whatever is asked of it", async () => {
      const said = await inSession(
        "unset DBUS_SESSION_BUS_ADDRESS; export DBUS_SESSION_BUS_ADDRESS=unix:path=/nothing",
      );
      const none = "no keyring is open here";
      expect(said).toMatchObject({ before: none, stored: none, found: none, removed: none });
      expect(said["ms"]).toBeLessThan(2500);
    });
  },
);
