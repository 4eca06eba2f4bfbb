import { setIdBits } from "../../native/file-status.ts";
import type { Command, ReadDeed, WriteDeed } from "../commands/command.ts";
import type { Policy } from "../commands/context.ts";
import { Denial } from "../commands/guest-error.ts";
import type { Approve } from "../linux/checked-open.ts";
import { accessOf } from "../linux/guest-file.ts";
import type { JobOrder } from "../linux/job.ts";
import type { StreamOrder } from "../linux/stream.ts";
import { PathRules } from "./path-rules.ts";
import { givingProfile, isOfSession, type ProfileName } from "./profiles.ts";
import { type AskedProgram, type NarrowedProgram, narrowProgram } from "./program-rules.ts";
import type { PolicyFile } from "./schema.ts";

const reading = { reads: true, writes: false } as const;
const writing = { reads: false, writes: true } as const;

/** Whether a command may be called at all, and by which part of the policy. */
export interface Verdict {
  readonly isAllowed: boolean;
  readonly by: string;
}

/** A policy that was read: what it says about commands and about their arguments. Nothing here carries anything out. */
export class FilePolicy implements Policy {
  readonly file: PolicyFile;
  readonly profiles: readonly ProfileName[];
  readonly #paths: PathRules;

  constructor(file: PolicyFile) {
    this.file = file;
    this.profiles = typeof file.profile === "string" ? [file.profile] : file.profile;
    this.#paths = new PathRules(file.files);
  }

  refusal(command: Command): string | null {
    const { isAllowed, by } = this.verdict(command);
    return isAllowed ? null : by;
  }

  verdict(command: Command): Verdict {
    if (isOfSession(command)) return { isAllowed: true, by: "every policy allows it" };
    const { allow, deny } = this.file.commands;
    if (deny.includes(command.name)) return { isAllowed: false, by: "commands.deny has it" };
    const likeness = command.deniedWith?.find((name) => deny.includes(name));
    if (likeness !== undefined) {
      return { isAllowed: false, by: `commands.deny has ${likeness}, which it could stand in for` };
    }
    const profile = givingProfile(this.profiles, command);
    if (profile === null && !allow.includes(command.name)) {
      return { isAllowed: false, by: `profile ${this.profiles.join(", ")} does not have it` };
    }
    const lack = this.#lackOfRules(command);
    if (lack !== null) return { isAllowed: false, by: lack };
    return { isAllowed: true, by: profile === null ? "commands.allow" : `profile ${profile}` };
  }

  checkArguments({ guard }: Command, args: Readonly<Record<string, unknown>>): void {
    if (guard?.kind === "passwords" || guard?.kind === "ssh-keys") {
      this.#checkUser(guard.kind, args[guard.user] as string);
    } else if (guard?.kind === "mount-points" && guard.list !== null) {
      this.#checkMountPoints(args[guard.list] as readonly string[] | undefined);
    }
  }

  approveFile(mode: string): Approve {
    const access = accessOf(mode);
    if (access.writes && !this.mayWriteFiles) {
      return () => {
        throw new Denial(
          `profile ${this.profiles.join(", ")} has no writing, and the mode is ${mode}`,
        );
      };
    }
    return this.#paths.approve(access);
  }

  approvePath(deed: ReadDeed | WriteDeed, mode = 0): Approve {
    switch (deed) {
      case "look":
        return this.#paths.approveName(reading);
      case "read":
        return this.#paths.approve(reading);
      case "name":
        return this.#givingNoRights(this.#paths.approveName(writing), mode);
      default:
        return this.#givingNoRights(this.#paths.approve(writing), mode);
    }
  }

  approveMove(from: string, to: string, isFolder: boolean): void {
    this.#paths.approveMove(from, to, isFolder);
  }

  /** Whether a file may be opened for writing, wherever that is. */
  get mayWriteFiles(): boolean {
    return this.#has("file-write") || this.file.commands.allow.includes("guest-file-open");
  }

  narrowProgram(order: JobOrder): JobOrder {
    const narrowed = this.programFor({ ...order, hasInput: order.input !== null });
    return { ...order, ...narrowed?.limits };
  }

  narrowStream(order: StreamOrder): StreamOrder {
    const narrowed = this.programFor({ ...order, hasTerminal: order.terminal !== null });
    return { ...order, ...narrowed?.limits };
  }

  /** Null where there are no rules, and every program may be run. @throws as `narrowProgram` */
  programFor(asked: AskedProgram): NarrowedProgram | null {
    const rules = this.file.exec ?? (this.#has("unrestricted") ? null : []);
    return rules === null ? null : narrowProgram(rules, asked);
  }

  /** What is needed for any call of the command to be let through, and is not there. */
  #lackOfRules({ guard }: Command): string | null {
    switch (guard?.kind) {
      case "program":
        if (this.file.exec === undefined ? this.#has("unrestricted") : this.file.exec.length > 0) {
          return null;
        }
        return "there is no [[exec]]: no program may be run";
      case "passwords":
      case "ssh-keys":
        return this.file.users?.[guard.kind]?.length === 0 ? `users.${guard.kind} is empty` : null;
      case "mount-points":
        if (guard.list !== null || this.file["file-systems"] === undefined) return null;
        return "it is about all file systems, and file-systems.mount-points names some";
      case "read-path":
        return this.#paths.isEmptyFor(reading) ? "files.read is empty" : null;
      case "write-path":
        return this.#paths.isEmptyFor(writing) ? "files.write is empty" : null;
      default:
        return null;
    }
  }

  /** Set-id bits give whoever runs the file its owner's rights, which no rule for files is about. */
  #givingNoRights(approve: Approve, mode: number): Approve {
    const isFree = this.file.files === undefined && this.#has("unrestricted");
    if ((mode & setIdBits) === 0 || isFree) return approve;
    return (path, status) => {
      approve(path, status);
      if (status?.type === "directory") return;
      throw new Denial(`rules for files do not give set-id bits: ${path}`);
    };
  }

  #has(profile: "file-write" | "unrestricted"): boolean {
    return this.profiles.includes(profile) || this.profiles.includes("unrestricted");
  }

  #checkUser(kind: "passwords" | "ssh-keys", name: string): void {
    const { deny = [], [kind]: allowed } = this.file.users ?? {};
    if (deny.includes(name)) throw new Denial(`users.deny has ${name}`);
    if (allowed !== undefined && !allowed.includes(name)) {
      throw new Denial(`users.${kind} does not have ${name}`);
    }
  }

  #checkMountPoints(given: readonly string[] | undefined): void {
    const allowed = this.file["file-systems"]?.["mount-points"];
    if (allowed === undefined) return;
    if (given === undefined) {
      throw new Denial(
        "without mountpoints it is about all, and file-systems.mount-points names some",
      );
    }
    const other = given.find((each) => !allowed.includes(each));
    if (other !== undefined) {
      throw new Denial(`file-systems.mount-points does not have ${other}`);
    }
  }
}

/** Stands for a policy that cannot be read: nothing is let through but what every policy lets through. */
export class ClosedPolicy implements Policy {
  readonly #reason: string;

  constructor(reason: string) {
    this.#reason = reason;
  }

  refusal(command: Command): string | null {
    return isOfSession(command) ? null : this.#reason;
  }

  checkArguments(command: Command): void {
    if (!isOfSession(command)) throw new Denial(this.#reason);
  }

  approveFile(): Approve {
    throw new Denial(this.#reason);
  }

  approvePath(): Approve {
    throw new Denial(this.#reason);
  }

  approveMove(): void {
    throw new Denial(this.#reason);
  }

  narrowProgram(): JobOrder {
    throw new Denial(this.#reason);
  }

  narrowStream(): StreamOrder {
    throw new Denial(this.#reason);
  }
}
