import type { RootFolder } from "../../../native/root-folder.ts";
import type { ProfileName } from "../../policy/profiles.ts";
import type { Piece } from "../piece.ts";

/** What is to be started at boot. */
export interface Service {
  /** The path to start: {@link binaryPath}, or the link that has qemu-ga's name. */
  readonly program: string;
  /** Whether it stands in for the service of the qemu-guest-agent package, under that one's name. */
  readonly replacesQemuGa: boolean;
  /** For which machine it is, as `uname -m` has it. */
  readonly machine: string;
  /** What the policy it is installed with begins from, which tells what it has no need of; null without one. */
  readonly profile: ProfileName | null;
}

/** A command line of the running system. */
export type LiveCommand = readonly [program: string, ...args: string[]];

/** One way in which systems start their services. */
export interface InitSystem {
  readonly name: string;
  /** Whether this is what starts services in the root. @throws SysError */
  isIn(root: RootFolder): boolean;
  /** What makes the service start at boot. @throws SysError */
  pieces(root: RootFolder, service: Service): Piece[];
  /** Whether it has started the running system, whose root this is. @throws SysError */
  isRunning(root: RootFolder): boolean;
  /** What has the running system take up what was laid down, and start it. @throws SysError */
  startCommands(root: RootFolder, service: Service): LiveCommand[];
  /** What stops the service before its files are removed. */
  stopCommands(service: Service): LiveCommand[];
  /** What has the running system forget about what was removed. @throws SysError */
  forgetCommands(root: RootFolder, service: Service): LiveCommand[];
  /** When it starts, if the running system was told nothing. */
  readonly startsWhen: string;
}
