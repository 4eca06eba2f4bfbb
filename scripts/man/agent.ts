/** guestwire-agent(8): the agent, from its `--help`, the keys of its configuration, and the commands it answers. */
import { configKeys, defaultConfig } from "../../src/agent/config.ts";
import { helpText } from "../../src/agent/help.ts";
import { allCommands } from "../../src/commands/registry.ts";
import { limitKeyTexts } from "../limits.ts";
import { blocks, list, literal, page, prose, section, synopsis } from "./roff.ts";
import { readUsage, type Usage, type UsageBlock, type UsageItem } from "./usage-text.ts";

const changedOn = "2026-11-25";

/** The sections of options; what follows them is about the subcommands. */
function optionsOf({ blocks: all }: Usage): UsageBlock[] {
  const first = all.findIndex(({ kind }) => kind === "heading");
  const behind = all.findIndex(({ kind, text }: { kind: string; text?: string }, index) => {
    return index > first && kind === "text" && text?.endsWith(":") === true;
  });
  return all.slice(first, behind === -1 ? undefined : behind);
}

/** What the option of the same name says is not said again. */
const keyTexts: Readonly<Record<string, string>> = {
  daemon: "As `--daemonize`.",
  "log-rate":
    "Lines a second that the log, and the system log, take in the long run: 20 if not given. What is over is counted.",
  "log-burst": "Lines that each of them takes at once: 2000 if not given.",
  "fsfreeze-hook-timeout": "Seconds that each run of the fsfreeze hook may take: 600 if not given.",
  "fsfreeze-deadline":
    "Seconds that all of a freeze, or of a thaw, may take: 120 if not given. A freeze that has not ended by then is undone.",
  "fstrim-deadline": "Seconds that all of guest-fstrim may take: 540 if not given.",
  ...limitKeyTexts(),
};

const kindTexts = {
  switch: "true or false",
  text: "a text",
  names: "names with commas between",
  mode: "an octal mode",
  seconds: "seconds",
  lines: "a number of lines",
  count: "a number",
} as const;

function keyItems(): UsageItem[] {
  return configKeys.map(({ key, kind, member }) => {
    const meaning = keyTexts[key] ?? `As \`--${key}\`.`;
    const value = defaultConfig[member];
    const isNothing = value === null || (typeof value === "object" && value.length === 0);
    const standard = isNothing ? "" : ` Default: \`${String(value)}\`.`;
    return { term: `${key}=`, text: `${meaning} The value is ${kindTexts[kind]}.${standard}` };
  });
}

function commandItems(): UsageItem[] {
  return allCommands().map(({ name, doc, since, privilege, whileFrozen }) => {
    const frozen = whileFrozen === "allowed" ? ", also while frozen" : "";
    const release = since.startsWith("guestwire") ? since : `QEMU ${since}`;
    return { term: name, text: `${doc} (${release}, ${privilege}${frozen})` };
  });
}

const files: readonly UsageItem[] = [
  { term: "/dev/virtio-ports/org.qemu.guest_agent.0", text: "The port to the host." },
  { term: "/etc/qemu/qemu-ga.conf", text: "The configuration, which need not exist." },
  {
    term: "/etc/guestwire/policy.toml",
    text: "Rules for what the host may do, which need not exist. It is read at the start. One that cannot be used, or that others than root can change, is no way around it: the agent answers only who it is then. See `guestwire policy`.",
  },
  {
    term: "/etc/qemu/fsfreeze-hook",
    text: "The program that `--fsfreeze-hook` without a path names.",
  },
  {
    term: "/var/run/qga.state",
    text: "The number of the next file handle, in qemu-ga's format, so that either agent can take over from the other.",
  },
  {
    term: "/var/run/qga.state.isfrozen",
    text: "Is there while file systems are frozen: an agent that is started anew knows by it that they are.",
  },
  {
    term: "/var/run/qga.state.lease-ended",
    text: "Is there when a freeze with `--freeze-timeout` has ended while there was no agent: the next guest-fsfreeze-thaw says so.",
  },
  { term: "/var/run/qemu-ga.pid", text: "With `--daemonize`: the number of the process." },
];

export function agentPage(): string {
  const help = readUsage(helpText("guestwire"));
  return page("guestwire-agent", 8, changedOn, [
    section("NAME", "guestwire\\-agent \\- the QEMU guest agent that guestwire is\n"),
    section("SYNOPSIS", synopsis(help.synopsis)),
    section(
      "DESCRIPTION",
      prose(
        "guestwire, called without a subcommand, answers the requests of the host that its machine runs on. It speaks the protocol of qemu-ga, takes its options, its configuration and its state files, and answers all commands of a Linux guest. Called by the name `qemu-ga`, such as through a link, it is the agent and nothing but the agent, and says so to `--version`.",
      ),
      prose(
        "It is usually started by a service that `guestwire install` or a package lays down. See guestwire(1) for the subcommands.",
      ),
    ),
    section("OPTIONS", blocks(optionsOf(help))),
    section(
      "CONFIGURATION",
      prose(
        "The configuration file has lines `key=value` in one group, `[general]`. The command line wins over it, but `block-rpcs` and `allow-rpcs` of both add up. What is both allowed and blocked is blocked.",
      ),
      list(keyItems()),
      prose("For example:"),
      literal(["[general]", "method=virtio-serial", "block-rpcs=guest-exec,guest-exec-status"]),
    ),
    section(
      "COMMANDS",
      prose(
        "What a host can ask for, with the release of QEMU that had it first and the privilege that it takes: audit only looks; file-read, file-write, fs (file systems) and power mean what they say; unrestricted may in the end do everything. Unless it says so a command is refused while file systems are frozen.",
      ),
      list(commandItems()),
    ),
    section("FILES", list(files)),
    section(
      "ENVIRONMENT",
      list([
        { term: "QGA_CONF", text: "The configuration file, unless `--config` names one." },
        {
          term: "LISTEN_FDS",
          text: "Set by a service manager that passes on a listening socket (sd_listen_fds(3)), which stands above method and path.",
        },
      ]),
    ),
    section(
      "SIGNALS",
      list([
        {
          term: "SIGTERM, SIGINT",
          text: "End the agent, with status 0; the socket and the pid file are removed. Programs that hosts have started run on. While file systems are frozen they are ignored, since only the agent is known to thaw them; with `--freeze-timeout` it thaws them and ends.",
        },
      ]),
    ),
    section(
      "EXIT STATUS",
      list([
        { term: "0", text: "Ended by a signal, or done with what was to be printed." },
        { term: "1", text: "The command line, the configuration or the channel cannot be used." },
      ]),
    ),
    section("SEE ALSO", prose("guestwire(1), virsh(1), qemu-ga(8), fsfreeze(8)")),
  ]);
}
