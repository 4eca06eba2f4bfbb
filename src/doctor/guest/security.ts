import { extendedAttribute } from "../../../native/file-access.ts";
import { allCommands } from "../../commands/registry.ts";
import { statusField } from "../../linux/processes.ts";
import type { FilePolicy } from "../../policy/policy.ts";
import { type Check, failure, info, listed, ok, skipped, warning } from "../finding.ts";
import type { System } from "../system.ts";
import { foundPolicy } from "./policy.ts";

const topic = "Confinement";

/** The domain that Fedora's and RHEL's policies have for guest agents (virt_qemu_ga_selinux(8)). */
const agentDomain = "virt_qemu_ga_t";

/** Booleans of that policy and what the host cannot do without them. */
const booleans: readonly (readonly [name: string, without: string])[] = [
  ["virt_qemu_ga_read_nonsecurity_files", "freeze and trim at every mount point"],
  ["virt_qemu_ga_manage_ssh", "change SSH keys"],
  ["virt_qemu_ga_run_unconfined", "run programs with more rights than the agent's own"],
];

export const selinux: Check<System> = {
  id: "selinux",
  topic,
  expected: "SELinux is off, permissive, or lets the agent do its work",
  look(system) {
    const { tree, agent } = system;
    const enforce = tree.word("/sys/fs/selinux/enforce");
    if (enforce === null) return ok("SELinux is not active");
    const domain = agent === null ? null : domainOf(system, agent.pid);
    const runsIn = domain === null ? "" : `; the agent runs in ${domain}`;
    if (enforce !== "1") return ok(`SELinux is permissive${runsIn}`);
    if (domain === null) {
      return info(
        `SELinux is enforcing${labelText(system)}`,
        "look again while the agent runs: its domain decides what it may do",
      );
    }
    if (domain !== agentDomain) return ok(`SELinux is enforcing${runsIn}`);
    const off = booleans.filter(
      ([name]) => tree.word(`/sys/fs/selinux/booleans/${name}`)?.[0] === "0",
    );
    if (off.length === 0) return ok(`SELinux is enforcing${runsIn}, with its booleans on`);
    return warning(
      `SELinux is enforcing${runsIn}, in which the host cannot ${listed(off.map(([, without]) => without))}`,
      `${off.map(([name]) => `setsebool -P ${name} on`).join("; ")}. ` +
        "The runtime asks for execmem, too, which the domain may lack: selinux-denials tells",
    );
  },
};

const auditLog = "/var/log/audit/audit.log";
/** Some thousand messages. */
const auditBytesMax = 1024 * 1024;

export const denials: Check<System> = {
  id: "selinux-denials",
  topic,
  expected: "SELinux has denied an agent nothing of late",
  look({ tree }) {
    if (!tree.exists("/sys/fs/selinux/enforce")) return ok("SELinux is not active");
    const log = tree.lastLines(auditLog, auditBytesMax);
    if (log === null)
      return skipped(
        `there is no ${auditLog}; where there is a journal, journalctl _TRANSPORT=audit`,
      );
    const denied = log
      .split("\n")
      .filter((line) => line.includes("avc:  denied") && /comm="(?:guestwire|qemu-ga)"/.test(line));
    if (denied.length === 0) return ok(`nothing at the end of ${auditLog}`);
    return warning(
      `in ${auditLog}: ${listed([...new Set(denied.map(deniedText))])}`,
      "ausearch -m avc -c guestwire -c qemu-ga tells when; mend labels (restorecon -Rv), switch on the booleans of " +
        "virt_qemu_ga_selinux(8), or have audit2allow make a policy module of what is meant",
    );
  },
};

/** `getattr of blk_file /dev/vda5` */
function deniedText(line: string): string {
  const [, permissions = "something"] = /denied\s+\{ ([^}]*) \}/.exec(line) ?? [];
  const [, kind = "object"] = /tclass=(\S+)/.exec(line) ?? [];
  const [, name = ""] = /(?:path|name)="([^"]*)"/.exec(line) ?? [];
  return `${permissions} of ${kind}${name === "" ? "" : ` ${name}`}`;
}

function domainOf({ tree }: System, pid: number): string | null {
  const context = tree.text(`/proc/${pid}/attr/current`)?.replace(/[\0\n]+$/, "") ?? "";
  return context.split(":")[2] ?? null;
}

function labelText({ binary }: System): string {
  const label = binary === null ? null : extendedAttribute(binary.path, "security.selinux");
  return label === null ? "" : `; ${binary?.name} is labelled ${label}`;
}

export const apparmor: Check<System> = {
  id: "apparmor",
  topic,
  expected: "no profile of AppArmor confines the agent",
  look({ tree, agent }) {
    if (tree.word("/sys/module/apparmor/parameters/enabled") !== "Y") {
      return ok("AppArmor is not active");
    }
    if (agent === null) return info("AppArmor is active", "look again while the agent runs");
    const paths = ["attr/apparmor/current", "attr/current"].map(
      (each) => `/proc/${agent.pid}/${each}`,
    );
    const profile = paths.map((each) => tree.word(each)).find((each) => each !== null) ?? "";
    if (profile === "" || profile.startsWith("unconfined")) return ok("AppArmor lets the agent be");
    if (profile.endsWith("(complain)")) return ok(`AppArmor only watches the agent: ${profile}`);
    return warning(
      `AppArmor confines the agent: ${profile}`,
      "have the profile allow what hosts ask for, or aa-complain it and see what is logged",
    );
  },
};

/** Bits of capabilities(7), what the host cannot do without them, and by which commands it would. */
const capabilities: readonly (readonly [
  bit: bigint,
  name: string,
  without: string,
  commands: readonly string[],
])[] = [
  [0n, "CAP_CHOWN", "change owners", ["__org.guestwire_file-change"]],
  [1n, "CAP_DAC_OVERRIDE", "write files of others", ["guest-file-write"]],
  [3n, "CAP_FOWNER", "change modes and times of others", ["__org.guestwire_file-change"]],
  [6n, "CAP_SETGID", "work on SSH keys", ["guest-ssh-get-authorized-keys"]],
  [7n, "CAP_SETUID", "work on SSH keys", ["guest-ssh-get-authorized-keys"]],
  [21n, "CAP_SYS_ADMIN", "freeze and trim", ["guest-fsfreeze-freeze-list", "guest-fstrim"]],
  [25n, "CAP_SYS_TIME", "set the clock", ["guest-set-time"]],
];

const filterMode = "2";

export const confinement: Check<System> = {
  id: "privileges",
  topic,
  expected:
    "the agent has the rights for what its policy allows; without a policy all, and no filter of system calls",
  look(system) {
    const { tree, agent } = system;
    if (agent === null) return skipped("no guestwire runs");
    const effective = statusField(tree, agent.pid, "CapEff");
    if (effective === null) return skipped(`process ${agent.pid} cannot be looked at`);
    const held = BigInt(`0x${effective}`);
    const found = foundPolicy(system);
    const policy = found !== null && "policy" in found ? found.policy : null;
    const lacking = capabilities.filter(
      ([bit, , , names]) => (held & (1n << bit)) === 0n && mayCall(policy, names),
    );
    const [userId = ""] = statusField(tree, agent.pid, "Uid")?.split(/\s+/) ?? [];
    if (lacking.length > 0) {
      const without = [...new Set(lacking.map(([, , what]) => what))];
      return failure(
        `user ${userId} without ${listed(lacking.map(([, name]) => name))}: the host cannot ${listed(without)}`,
        policy === null
          ? "run it as root, and take CapabilityBoundingSet= and the like from its unit"
          : "have guestwire install --profile make the unit for what the policy allows, or have the policy allow less",
      );
    }
    const isShutIn = statusField(tree, agent.pid, "Seccomp") === filterMode;
    const isNarrow = policy !== null && !policy.profiles.includes("unrestricted");
    if (isShutIn && isNarrow) {
      return ok(`user ${userId}, in a sandbox, with what ${policy.profiles.join(", ")} needs`);
    }
    if (isShutIn) {
      return warning(
        "a filter of system calls (seccomp) is in force",
        "take SystemCallFilter= and the Protect…= settings that imply it from the unit: what guest-exec starts is filtered, too",
      );
    }
    if (isNarrow) {
      return info(
        `user ${userId}, with more than ${policy.profiles.join(", ")} needs`,
        "guestwire install --profile has systemd take the rest away (where systemd starts it)",
      );
    }
    if (statusField(tree, agent.pid, "NoNewPrivs") === "1") {
      return info(
        `user ${userId}, all capabilities, no_new_privs`,
        "sudo and su will not work in what the host runs; NoNewPrivileges=no in the unit lets them",
      );
    }
    return ok(`user ${userId}, with what it needs`);
  },
};

/** Whether a policy lets any of the commands through; where there is none, all are. */
function mayCall(policy: FilePolicy | null, names: readonly string[]): boolean {
  return (
    policy === null ||
    allCommands().some(
      (command) => names.includes(command.name) && policy.refusal(command) === null,
    )
  );
}
