/** The page about the commands that qemu-ga does not have, from their literals. */
import { schemaOf } from "../src/commands/command.ts";
import { type Member, membersOf, returnedMembersOf } from "../src/commands/describe.ts";
import { allCommands, vendorPrefix } from "../src/commands/registry.ts";
import { table } from "./table.ts";

function members(title: string, list: readonly Member[], none: string): string {
  if (list.length === 0) return `${title}: ${none}.`;
  const rows = list.map(({ name, type, meaning }) => [`\`${name}\``, type, meaning]);
  return `${title}:\n\n${table(["", "type", "what it is"], rows)}`;
}

export function vendorPage(): string {
  const parts = allCommands()
    .filter(({ name }) => name.startsWith(vendorPrefix))
    .map(
      ({ name, doc, args, returns, privilege, whileFrozen, mechanism, since, deniedWith = [] }) => {
        const returned = returns === null ? [] : returnedMembersOf(schemaOf(returns));
        const denied = deniedWith.length === 0 ? "" : ` Blocked with ${deniedWith.join(" or ")}.`;
        return `## \`${name}\`

${doc}

Since ${since}; privilege ${privilege}; ${whileFrozen} while frozen; by ${mechanism}.${denied}

${members("Arguments", membersOf(schemaOf(args)), "none")}

${members("Returns", returned, "nothing, `{}`")}
`;
      },
    );
  return `${introduction}\n${parts.join("\n")}`;
}

const introduction = `# Commands of guestwire's own

Made from the command literals in \`src/commands/\`. qemu-ga does not have these; they are what a host needs to run programs
with their output as it comes, to copy files byte for byte, and to look at a guest with one call. Their names begin with
\`${vendorPrefix}\`, which is how QAPI marks what is not QEMU's. guest-info lists them as it lists any command, in front of
QEMU's own, so a host asks there whether they are to be had. Block and allow lists name them as any other command, and count for them
while file systems are frozen as well.

- A \`?\` behind a name: it may be left out. Texts that end in \`-b64\` are base64. Times are nanoseconds since 1970.
- **Paths** are given as \`path\`, or where the bytes are no UTF-8 as \`path-b64\`: exactly one of both.
- **Output waits for the host.** The agent reads a program's pipe when it is asked to and keeps nothing: a program that is not
  read from stops at a full pipe (256 KiB where the kernel lets the agent have it, else 64 KiB). What is in a reply is gone
  from the pipe: a host that leaves before it has read the reply does not get it again.
- **exec-read** with \`wait\` answers as soon as there is output, an end of one, or the end of the program. Requests are carried out
  in order, so it also answers, with nothing, as soon as another request comes: input need not wait for output. A second
  exec-read sent behind one that waits ends it, too; wait for the reply instead.
- **\`done\`** means that the program has ended and all it wrote has been read; from then on its process id is unknown. Until
  then the id is nobody else's. What a program left in the background may hold its output open: two seconds after the
  program's end, and once there is nothing to read, it is done all the same; what comes later is read and thrown away.
- **A program that nobody asks about** for ten minutes is killed with its process group, with a line in the log: its host has
  left for good. When the agent ends, programs run on, as those of guest-exec do. Both kinds together are 256 at the most.
- **\`user\`**: another process of this program looks the user up, takes on its groups and ids and becomes the program, so that
  a directory service that does not answer holds up that process for 20 seconds at the most and nobody else. The environment
  that is given reaches the program alone, never what runs as root before it. There is no PAM session. An agent that is not
  root can start programs of its own user only.
- **Files** are worked on by the agent itself, as by guest-file-*, so one on a file system that does not answer holds it up;
  hashing and syncing alone, which take long, are done by a process of its own.
- **A policy** holds them to the rules for files and programs that guest-file-open and guest-exec have; [policy.md](policy.md) tells
  what each command needs.
- What cannot be executed is told in guest-exec's words: \`Failed to execute child process “…” (No such file or directory)\`.
`;
