/** What the npm package is when it is imported. */
export {
  AbsentError,
  AgentError,
  DeadlineError,
  HangUpError,
  TransportError,
} from "../client/errors.ts";
export {
  type Ending,
  LackError,
  StartError,
  type TerminalSize,
} from "../client/exec/program.ts";
export { TargetError } from "../client/targets/target.ts";
export type { Commands } from "./commands.ts";
export {
  type CallOptions,
  type ConnectOptions,
  connect,
  type ExecOptions,
  Guest,
  type RunResult,
} from "./guest.ts";
export { GuestProcess, type Input } from "./guest-process.ts";
