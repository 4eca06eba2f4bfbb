import { type ProfileName, profileNamed } from "./profiles.ts";

/** Hosts shut guests down through the agent; whoever only looks does not. */
function profileLine(name: ProfileName): string {
  const alone = name === "audit" || name === "power" || name === "unrestricted";
  return alone ? `profile = "${name}"` : `profile = ["${name}", "power"]`;
}

const files = `# Where a folder stands, all below it is meant. Links are resolved first. Without lists: everywhere.
#[files]
#read = ["/var/log", "/etc/*.conf"]
#write = ["/var/lib/drop"]
#deny = ["/var/log/private"]
`;

const programs = `# Programs that may be run, with these arguments and no others. Without one, none is run.
#[[exec]]
#program = "/usr/bin/df"
#args = ["-h"]

#[[exec]]
#program = "/usr/bin/systemctl"
#args = [{ one-of = ["start", "stop", "status"] }, { characters = "a-z0-9@.-", max = 64 }]
#env = ["LANG"]
#users = ["deploy"]
#run-seconds = 60
#output-bytes = 65536
`;

const users = `# Users whose password and SSH keys may be changed. Without lists: all.
#[users]
#passwords = ["deploy"]
#ssh-keys = ["deploy"]
#deny = ["root"]
`;

const fileSystems = `# Mount points that may be frozen, by guest-fsfreeze-freeze-list. Without them: all.
#[file-systems]
#mount-points = ["/srv"]
`;

const sections: Readonly<Record<ProfileName, readonly string[]>> = {
  audit: [],
  power: [],
  "file-read": [files, users],
  "file-write": [files, users],
  fs: [fileSystems],
  exec: [programs],
  unrestricted: [files, programs, users, fileSystems],
};

/** A policy file to begin with: it can be obeyed as it stands. */
export function startingFile(name: ProfileName): string {
  const head = `# What the host may do in this guest, read by the guest agent at its start. guestwire policy check tells what it comes to.
# Profile ${name}: ${profileNamed(name).doc}.
${profileLine(name)}

# Single commands beside those of the profile.
#[commands]
#allow = ["guest-set-time"]
#deny = ["guest-get-users"]
`;
  return [head, ...sections[name]].join("\n");
}
