import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Flags, loadSettings, type Settings } from "../../src/config/load.ts";

/** What `use` makes of a config file with this text, which only its owner can read and which is gone afterwards. */
function inConfigFile<T>(text: string, mode: number, use: (file: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "pgparade-config-"));
  try {
    const file = join(folder, "config.yaml");
    writeFileSync(file, text);
    chmodSync(file, mode);
    return use(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Run = { flags?: Flags; targets?: string[]; environment?: Record<string, string>; mode?: number };

/** The settings that this file gives; throws its problems. */
export function settingsOf(
  text: string,
  { flags, targets = [], environment = {}, mode = 0o600 }: Run = {},
): Settings {
  const loaded = inConfigFile(text, mode, (config) =>
    loadSettings({ config, ...flags }, targets, environment),
  );
  if (!loaded.ok) throw loaded.error;
  return loaded.settings;
}

/** The lines that a user sees for this file, with its path written as FILE. */
export function problemsOf(
  text: string,
  { flags, targets = [], environment = {}, mode = 0o600 }: Run = {},
): string[] {
  return inConfigFile(text, mode, (config) => {
    const loaded = loadSettings({ config, ...flags }, targets, environment);
    return loaded.ok ? [] : loaded.error.message.replaceAll(config, "FILE").split("\n");
  });
}
