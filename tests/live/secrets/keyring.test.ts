import { describe, expect, test } from "bun:test";
import { hasKeyring, openKeyring } from "../../support/keyring.ts";

const fixture = new URL("../../support/keyring.fixture.ts", import.meta.url).pathname;

/** What a process says that asks the keyring of this bus. */
async function asked(env: Record<string, string>): Promise<Record<string, unknown>> {
  const child = Bun.spawn([process.execPath, fixture], { env: { ...process.env, ...env } });
  return JSON.parse(await new Response(child.stdout).text());
}

describe.skipIf(!hasKeyring)("a keyring (needs gnome-keyring and dbus)", () => {
  test("gives back what was stored for this user at this server, until it is removed", async () => {
    await using keyring = await openKeyring();
    const none = "the keyring has no monitor@127.0.0.1:5432/postgres";
    expect(await asked(keyring.env)).toMatchObject({
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
});

test("a keyring that is not there says so at once, whatever is asked of it", async () => {
  const said = await asked({ DBUS_SESSION_BUS_ADDRESS: "unix:path=/nothing" });
  const none = "no keyring is open here";
  expect(said).toMatchObject({ before: none, stored: none, found: none, removed: null });
  expect(said["ms"]).toBeLessThan(20_000);
});

test.skipIf(!hasKeyring)(
  "a keyring that answers nobody is waited for once, for 3 s, and holds nobody at the end (needs gnome-keyring and dbus)",
  async () => {
    await using keyring = await openKeyring();
    keyring.freeze();
    const locked = "the keyring did not answer in 3 s: is it locked?";
    const said = await asked(keyring.env);
    expect(said).toMatchObject({
      before: locked,
      stored: locked,
      found: locked,
      removed: locked,
      after: locked,
    });
    expect(said["ms"]).toBeGreaterThan(2900);
    expect(said["ms"]).toBeLessThan(20_000);
  },
);
