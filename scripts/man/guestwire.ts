/** guestwire(1): the subcommands, from what each says on `--help`. */
import { globUsage } from "../../src/cli/fleet-options.ts";
import { targetUsage } from "../../src/cli/target-usage.ts";
import { usages } from "../../src/cli/usages.ts";
import { blocks, list, literal, page, prose, section, subsection, synopsis } from "./roff.ts";
import { readUsage } from "./usage-text.ts";

const changedOn = "2026-11-26";

const pages = Object.values(usages).map((usage) =>
  readUsage(usage.replace(`${targetUsage}\n`, "").replace(`${globUsage}\n`, "")),
);

const [targetItems] = readUsage(targetUsage).blocks.filter(({ kind }) => kind === "list");

/** Command lines, and what they are for. */
export const examples: readonly (readonly [what: string, lines: readonly string[]])[] = [
  [
    "Ask the agent of machine 100 of a Proxmox VE host what runs there:",
    ["guestwire call /var/run/qemu-server/100.qga guest-get-osinfo --pretty"],
  ],
  [
    "Fetch a directory from that machine, and bring it back changed:",
    ["guestwire cp -r 100:/etc/apt ./apt", "guestwire cp -r ./apt 100:/mnt"],
  ],
  ["Find out why there is no answer:", ["guestwire doctor /var/run/qemu-server/100.qga"]],
  [
    "Bring the agent into an unpacked image, and look at the result:",
    ["guestwire install --root /mnt/image", "guestwire doctor --root /mnt/image"],
  ],
  [
    "Write a policy, and ask what it lets the host do:",
    [
      "guestwire policy print fs > policy.toml",
      "guestwire policy check policy.toml",
      "guestwire policy test policy.toml guest-fstrim",
    ],
  ],
  [
    "Have cloud-init do so at the first boot:",
    ["guestwire cloud-init --url https://example.org/guestwire > user-data"],
  ],
];

export function guestwirePage(): string {
  return page("guestwire", 1, changedOn, [
    section("NAME", "guestwire \\- QEMU guest agent, and a client for any guest agent\n"),
    section(
      "SYNOPSIS",
      synopsis([...pages.flatMap((usage) => usage.synopsis), "guestwire [OPTION]..."]),
    ),
    section(
      "DESCRIPTION",
      prose(
        "In a guest, and without a subcommand, guestwire is the guest agent: see guestwire-agent(8). On a host it is a client of any QEMU guest agent, guestwire or qemu-ga, over the unix socket that is the host's end of the agent's channel, through libvirt, or over vsock. The other subcommands bring the agent into guests and images, and tell what keeps it from working.",
      ),
      prose("Each subcommand prints its part of this page when it is called with `--help`."),
    ),
    section("SUBCOMMANDS"),
    ...pages.map((usage) => subsection(titleOf(usage.synopsis), blocks(usage.blocks))),
    section(
      "TARGETS",
      prose("Where a subcommand takes a TARGET, it is one of:"),
      blocks(targetItems === undefined ? [] : [targetItems]),
      prose(
        `Of \`call\`, \`exec\`, \`info\`, \`fs\`, \`net\`, \`ps\`, \`wait\` and \`freeze\`: ${globUsage.trim()}`,
      ),
    ),
    section(
      "ENVIRONMENT",
      list([
        {
          term: "GUESTWIRE_TARGET",
          text: "The TARGET where none is given, or `-`.",
        },
        {
          term: "QGA_CLIENT_ADDRESS",
          text: "The same, of qemu-ga-client; asked if the former is not set.",
        },
        { term: "NO_COLOR", text: "If set and not empty, `doctor` and `watch` use no colours." },
        {
          term: "XDG_STATE_HOME",
          text: "Where `shell` keeps the lines typed, in guestwire/history; ~/.local/state if not set.",
        },
        { term: "SOURCE_DATE_EPOCH", text: "The time of all that is in the image of `sysext`." },
      ]),
    ),
    section("EXAMPLES", ...examples.map(([what, lines]) => `${prose(what)}.PP\n${literal(lines)}`)),
    section("SEE ALSO", prose("guestwire-agent(8), virsh(1), cloud-init(1), systemd-sysext(8)")),
  ]);
}

/** As `guestwire call`. */
function titleOf([call = ""]: readonly string[]): string {
  return call.split(" ").slice(0, 2).join(" ");
}
