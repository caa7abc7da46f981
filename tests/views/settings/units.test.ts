import { expect, test } from "bun:test";
import { startupOptions } from "../../../src/services/session/own-settings.ts";
import { setAtLogin } from "../../../src/views/settings/setting-sql.ts";
import { inUnits } from "../../../src/views/settings/units.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";

test.each([
  ["16384", "8kB", "128MB"],
  ["16385", "8kB", "131080kB"],
  ["4096", "kB", "4MB"],
  ["16777216", "B", "16MB"],
  ["1024", "MB", "1GB"],
  ["300", "s", "5min"],
  ["1440", "min", "1d"],
  ["10000", "ms", "10s"],
  ["0.5", "ms", "0.5ms"],
  ["2", "ms", "2ms"],
  ["0", "ms", "0"],
  ["-1", "kB", "-1"],
  ["100", null, "100"],
  ["on", null, "on"],
  ["", null, ""],
  ["9223372036854775807", "kB", "9223372036854775807kB"],
])("%s of %p is %s", (value, unit, shown) => expect(inUnits(value, unit)).toBe(shown));

test("what our sessions set at the login is known, so that it is not taken for the server's", () => {
  const options = startupOptions(nodeSettings({ name: "a", port: 1 })).map(
    (option) => /^-c (\w+)=/.exec(option)?.[1],
  );
  expect(new Set(setAtLogin.map((name) => name.toLowerCase()))).toEqual(new Set(options as string[]));
});
