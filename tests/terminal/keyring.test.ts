import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Secret } from "../../src/text/secret.ts";
import { hasKeyring, openKeyring } from "../support/keyring.ts";
import { serversForTests, until } from "../support/servers/servers.ts";
import { runProgram } from "../support/terminal/program.ts";
import { ready, watching } from "../support/terminal/watching.ts";

const servers = serversForTests();

test.skipIf(!hasKeyring)(
  "a password that went to the keyring is there at the next start (needs gnome-keyring and dbus)",
  async () => {
    const bootstrap = ["alter role monitor password 's3cret words'"];
    const server = await servers.lone("locked", { bootstrap, password: new Secret("superuser") });
    await using keyring = await openKeyring();
    const file = join((await servers.scratch()).directory, "config.yaml");
    writeFileSync(file, "nodes: {}\n", { mode: 0o600 });
    {
      await using terminal = watching(["--config", file], { env: keyring.env });
      await ready(terminal, /no nodes yet: o/);
      terminal.press("o", "N");
      await terminal.until(/From a string/);
      terminal.paste(`postgres://monitor:s3cret%20words@127.0.0.1:${server.port}/postgres`);
      await terminal.until(new RegExp(`Port +${server.port}`));
      terminal.press("C-s", "y");
      await terminal.until(/● postgres +up[\s\S]*postgres saved in config\.yaml ─/m);
      terminal.press("q");
      expect(await terminal.exited).toEqual({ code: 0, signal: null });
      expect(terminal.output()).not.toContain("s3cret");
    }
    expect(readFileSync(file, "utf8")).toBe(
      `nodes:\n  postgres:\n    host: 127.0.0.1\n    port: ${server.port}\n    database: postgres\n    user: monitor\n`,
    );
    await using terminal = watching(["--config", file], { env: keyring.env });
    await terminal.until(/● postgres/);
    const env = { DBUS_SESSION_BUS_ADDRESS: "unix:path=/nothing" };
    await using without = watching(["--config", file], { env });
    await without.until(/✖ postgres.*asks for a password/);
    terminal.press("o");
    await terminal.until(/❯.*● postgres +up/);
    terminal.press("D");
    await terminal.until(/Delete postgres\?[\s\S]*The keyring forgets its password/);
    terminal.press("y");
    await terminal.until(/postgres deleted from config\.yaml/);
    const target = `postgres://monitor@127.0.0.1:${server.port}/postgres`;
    await until(async () =>
      (await runProgram(["check", target], keyring.env)).stdout.includes("none was found"),
    );
  },
);

test.skipIf(!hasKeyring)(
  "a password in the keyring stays for a node that is not watched now (needs gnome-keyring and dbus)",
  async () => {
    const bootstrap = ["alter role monitor password 's3cret words'"];
    const { port } = await servers.lone("shared", { bootstrap, password: new Secret("superuser") });
    await using keyring = await openKeyring();
    const entry = { service: "pgparade", name: `monitor@127.0.0.1:${port}/postgres`, value: "s3cret words" };
    const store = `await Bun.secrets.set(${JSON.stringify(entry)})`;
    const env = { ...process.env, ...keyring.env };
    expect(await Bun.spawn([process.execPath, "-e", store], { env }).exited).toBe(0);
    const file = join((await servers.scratch()).directory, "shared.yaml");
    const way = `{ host: 127.0.0.1, port: ${port}, database: postgres, user: monitor }`;
    const nodes = `nodes:\n  a: ${way}\n  b: ${way}\n  c: ${way.replace(String(port), "1")}\n`;
    writeFileSync(file, `${nodes}clusters: { x: { nodes: [a, c] }, y: { nodes: [b] } }\n`, { mode: 0o600 });
    await using terminal = watching(["--config", file, "--cluster", "x"], { env: keyring.env });
    await ready(terminal, /● a/);
    terminal.press("o");
    await terminal.until(/❯.*● a +up/);
    terminal.press("D");
    await terminal.until(/Delete a\?/);
    terminal.press("y");
    await terminal.until(/a deleted from shared\.yaml/);
    const { stdout } = await runProgram(["check", "--config", file, "--cluster", "y"], keyring.env);
    expect(stdout).toMatch(/ok +b +y +connected/);
  },
);

test.skipIf(!hasKeyring)(
  "a keyring that answers nobody holds up neither the screen nor its end (needs gnome-keyring and dbus)",
  async () => {
    const bootstrap = ["alter role monitor password 's3cret words'"];
    const server = await servers.lone("held-up", { bootstrap, password: new Secret("superuser") });
    const passfile = join((await servers.scratch()).directory, "passfile");
    writeFileSync(passfile, `*:*:*:elsewhere:no\n`, { mode: 0o600 });
    await using keyring = await openKeyring();
    keyring.freeze();
    const target = `postgres://monitor@127.0.0.1:${server.port}/postgres`;
    await using terminal = watching([`${target}?passfile=${passfile}`], { env: keyring.env });
    await terminal.until(/the keyring is silent/);
    terminal.press("p");
    await terminal.until(/[Pp]assword/);
    terminal.press(..."s3cret", "Space", ..."words", "Enter");
    await terminal.until(/● 127\.0\.0\.1/);
    writeFileSync(passfile, `*:*:*:monitor:s3cret words\n`, { mode: 0o600 });
    await using other = watching([`${target}?passfile=${passfile}`], { env: keyring.env });
    await other.until(/● 127\.0\.0\.1/);
    for (const screen of [terminal, other]) {
      screen.press("q");
      expect(await screen.exited).toEqual({ code: 0, signal: null });
    }
  },
);
