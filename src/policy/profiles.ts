import type { Command, Privilege } from "../commands/command.ts";
import { sessionCommands } from "../commands/session.ts";

/** What a policy begins with: each gives the commands of some privileges. */
export interface Profile {
  readonly name: ProfileName;
  readonly doc: string;
  /** Null: all of them. */
  readonly privileges: readonly Privilege[] | null;
}

/** In the order of what they let a host do. */
export const profileNames = [
  "audit",
  "power",
  "file-read",
  "file-write",
  "fs",
  "exec",
  "unrestricted",
] as const;

export type ProfileName = (typeof profileNames)[number];

/** Power is nobody's part: a host can switch its machine off anyway, and an auditor should not. */
const all: Readonly<Record<ProfileName, Omit<Profile, "name">>> = {
  audit: { doc: "look, and change nothing", privileges: ["audit"] },
  power: { doc: "audit; shut down and suspend", privileges: ["audit", "power"] },
  "file-read": { doc: "audit; read files and SSH keys", privileges: ["audit", "file-read"] },
  "file-write": {
    doc: "file-read; write files, which without rules is as good as everything",
    privileges: ["audit", "file-read", "file-write"],
  },
  fs: { doc: "audit; freeze, thaw and trim file systems", privileges: ["audit", "fs"] },
  exec: { doc: "audit; run the programs that rules name", privileges: ["audit", "exec"] },
  unrestricted: { doc: "everything; rules narrow it", privileges: null },
};

export function profileNamed(name: ProfileName): Profile {
  return { name, ...all[name] };
}

const session: ReadonlySet<string> = new Set(sessionCommands.map(({ name }) => name));

/** Without these no host could tell that an agent is there; no policy takes them away. */
export function isOfSession({ name }: Pick<Command, "name">): boolean {
  return session.has(name);
}

/** The first of the profiles that gives a command; null where none does. */
export function givingProfile(
  profiles: readonly ProfileName[],
  command: Command,
): ProfileName | null {
  const gives = (name: ProfileName): boolean => {
    const { privileges } = all[name];
    if (privileges === null || privileges.includes(command.privilege)) return true;
    // Opening a file is as harmless as what it is opened for, which `PathRules` asks.
    return command.guard?.kind === "file" && privileges.includes("file-read");
  };
  return profiles.find(gives) ?? null;
}
