/** What a valid policy says and can hardly mean, each in a sentence. */
import { SysError } from "../../native/errno.ts";
import { OpenFlag } from "../../native/structs.ts";
import { lastName } from "../linux/paths.ts";
import { openTrusted, UntrustedPath } from "../linux/trusted-path.ts";
import { resolvedRule } from "./path-rules.ts";
import type { FilePolicy } from "./policy.ts";
import type { ProgramRule } from "./schema.ts";

/** Programs that run others, or what they are told. With arguments of the host's they are everything. */
const launchers = new Set(
  "ash awk bash busybox chroot cp dash dd doas ed env ex find gawk gdb install ip ksh ln lua mawk mv nice node nohup nsenter perl php python python3 rsync ruby sed setsid sh ssh strace su sudo systemd-run tar tclsh tee timeout unshare vi vim xargs zsh".split(
    " ",
  ),
);

/** Programs that in a terminal run others when a key is pressed, or start a pager that does. */
const pagers = new Set(
  "apt aptitude coredumpctl git hostnamectl htop journalctl less loginctl machinectl man more most mysql networkctl psql resolvectl screen sqlite3 systemctl systemd-analyze timedatectl tmux top w3m".split(
    " ",
  ),
);

export function policyWarnings({ file, profiles }: FilePolicy): string[] {
  const has = (name: string) => (profiles as readonly string[]).includes(name);
  const warnings: string[] = [];
  if (has("exec") && !has("unrestricted") && (file.exec ?? []).length === 0) {
    warnings.push("profile exec without [[exec]]: no program may be run");
  }
  const { read, write } = file.files ?? {};
  if (has("file-write") && !has("unrestricted") && read === undefined && write === undefined) {
    warnings.push(
      "profile file-write without files.write: who can write everywhere can do everything",
    );
  }
  for (const [name, rules] of Object.entries({ read, write })) {
    for (const rule of rules ?? []) {
      const resolved = resolvedRule(rule);
      if (resolved === null) continue;
      warnings.push(
        `files.${name} has ${rule}, on the way to which there is a link: ${resolved} is meant`,
      );
    }
  }
  for (const [index, rule] of (file.exec ?? []).entries()) {
    for (const what of programWarnings(rule)) warnings.push(`[[exec]] ${index + 1}: ${what}`);
  }
  return warnings;
}

function programWarnings(rule: ProgramRule): string[] {
  const { program } = rule;
  const isOpen =
    rule.args === "any" ||
    rule.rest !== undefined ||
    rule.args.some((each) => typeof each !== "string");
  const runsOthers = launchers.has(lastName(program)) && (isOpen || rule.input || rule.tty);
  return [
    ...(runsOthers
      ? [`${program} runs what its arguments or its input say: that is everything`]
      : []),
    ...(rule.tty && pagers.has(lastName(program))
      ? [`in a terminal ${program} runs what keys say, or starts a pager that does`]
      : []),
    ...rule.env
      .filter((name) =>
        /^(?:LD_|BASH_ENV$|ENV$|PATH$|PYTHON|PERL5|NODE_|BUN_|GLIBC_TUNABLES$)/.test(name),
      )
      .map((name) => `with ${name} the host may have ${program} run code of its own`),
    ...troubleWith(program),
  ];
}

function troubleWith(program: string): string[] {
  try {
    openTrusted(program, OpenFlag.O_PATH).close();
    return [];
  } catch (error) {
    if (error instanceof UntrustedPath) return [`it will not be run: ${error.message}`];
    if (error instanceof SysError) return [`${program}: ${error.text}`];
    throw error;
  }
}
