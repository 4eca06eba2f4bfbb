import { SysError } from "../../native/errno.ts";
import { KeyFile, KeyFileError } from "../linux/key-file.ts";
import {
  type Config,
  ConfigError,
  combine,
  configGroup,
  configKeys,
  readNames,
  type Settings,
} from "./config.ts";

const defaultConfigFile = "/etc/qemu/qemu-ga.conf";
const deprecatedKey = "blacklist";

/** A configuration and what should be said about it once somebody listens. */
export interface LoadedConfig {
  readonly config: Config;
  readonly warnings: readonly string[];
}

/**
 * Reads the configuration file and lays the command line over it.
 * @param configFile the file of `-c`, which has to exist; null for `$QGA_CONF`, else the default one, which need not
 * @throws ConfigError `error loading configuration from path: %s, %s`; of a value that cannot be, wherever it stands
 */
export function loadConfig(
  configFile: string | null,
  commandLine: Settings,
  environment: Readonly<Record<string, string | undefined>>,
): LoadedConfig {
  const path = configFile ?? environment.QGA_CONF ?? defaultConfigFile;
  try {
    const file = KeyFile.load(path);
    return {
      config: combine(readSettings(file), commandLine),
      warnings: isDeprecated(file)
        ? [
            `config using deprecated '${deprecatedKey}' key, should be replaced with the 'block-rpcs' key.`,
          ]
        : [],
    };
  } catch (error) {
    if (error instanceof SysError) {
      if (error.code === "ENOENT" && configFile === null) {
        return { config: combine({}, commandLine), warnings: [] };
      }
      throw unloadable(path, error.text, error);
    }
    if (error instanceof KeyFileError) throw unloadable(path, error.message, error);
    throw error;
  }
}

function unloadable(path: string, reason: string, cause: Error): ConfigError {
  return new ConfigError(`error loading configuration from path: ${path}, ${reason}`, { cause });
}

/** Unknown keys and groups are nobody's business. Read in qemu-ga's order, so that the same error is the first. */
function readSettings(file: KeyFile): Settings {
  const settings: Record<string, string | boolean | readonly string[]> = {};
  for (const { key: plainKey, kind, member } of configKeys) {
    // Where both keys are given, qemu-ga ignores the newer one.
    const key = member === "blockRpcs" && isDeprecated(file) ? deprecatedKey : plainKey;
    if (!file.has(configGroup, key)) continue;
    if (kind === "switch") settings[member] = file.boolean(configGroup, key);
    else {
      const text = file.string(configGroup, key);
      settings[member] = kind === "names" ? readNames(text) : text;
    }
  }
  // `ConfigKey` ties each kind to members of its type.
  return settings as Settings;
}

function isDeprecated(file: KeyFile): boolean {
  return file.has(configGroup, deprecatedKey);
}
