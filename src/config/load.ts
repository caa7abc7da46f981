import type { ConfigError } from "./error.ts";
import type { Settings } from "./settings.ts";

export type {
  ClusterSettings,
  Colour,
  Flags,
  LogLevel,
  NodeSettings,
  PoolSettings,
  Settings,
  ThemeName,
} from "./settings.ts";

export type Loaded =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly error: ConfigError };
