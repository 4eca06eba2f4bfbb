import { version as packageVersion } from "../../package.json";
import { protocolVersion } from "../commands/session.ts";
import { lastName } from "../linux/paths.ts";

/** guestwire's own version; the compiler puts it in from package.json. */
export const version: string = packageVersion;

/** What `--version` prints: under qemu-ga's name, what tools expect of qemu-ga. */
export function versionText(calledAs: string): string {
  return lastName(calledAs) === "qemu-ga"
    ? `QEMU Guest Agent ${protocolVersion}\n`
    : `guestwire ${version} (QEMU Guest Agent ${protocolVersion})\n`;
}
