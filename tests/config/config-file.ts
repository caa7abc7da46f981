import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Flags, loadSettings, type Settings } from "../../src/config/load.ts";

const folder = mkdtempSync(join(tmpdir(), "pgparade-config-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
let count = 0;

/** A config file with this text that only its owner can read, and its path. */
export function configFile(text: string, mode = 0o600): string {
  count += 1;
  const file = join(folder, `config-${count}.yaml`);
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

type Run = { flags?: Flags; targets?: string[]; environment?: Record<string, string>; mode?: number };

/** The settings that this file gives; throws its problems. */
export function settingsOf(
  text: string,
  { flags, targets = [], environment = {}, mode }: Run = {},
): Settings {
  const loaded = loadSettings({ config: configFile(text, mode), ...flags }, targets, environment);
  if (!loaded.ok) throw loaded.error;
  return loaded.settings;
}

/** The lines that a user sees for this file, with its path written as FILE. */
export function problemsOf(
  text: string,
  { flags, targets = [], environment = {}, mode }: Run = {},
): string[] {
  const config = configFile(text, mode);
  const loaded = loadSettings({ config, ...flags }, targets, environment);
  return loaded.ok ? [] : loaded.error.message.replaceAll(config, "FILE").split("\n");
}
