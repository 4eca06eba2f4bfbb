/**
 * Records the disks of a guest with every bus, as /sys, /proc and /run/udev show them, for the tests on this machine
 * (test/linux/fixtures/machine.ts):
 *
 *     bun test/guest/record-machine.ts
 */
import { join, posix } from "node:path";
import { agentUnderTest } from "./agent-under-test.ts";
import { everyBus, prepareEveryBus } from "./every-bus.ts";
import { Guest } from "./guest.ts";
import { mustRunTool } from "./tool.ts";

const fixture = join(import.meta.dirname, "../linux/fixtures/qemu-pc.txt");
const prepareDeadlineMs = 60_000;
const recordDeadlineMs = 120_000;

/**
 * Everything the agent looks at: a line of kind and path for each, of a file and a link its content in base64 behind
 * them. Unused loop devices are all alike: the first one stands for them.
 */
const recordScript = `
  file() { [ ! -f "$1" ] || echo "file $1 $(base64 "$1" | tr -d '\\n')"; }
  link() { [ ! -L "$1" ] || echo "link $1 $(readlink "$1" | base64 | tr -d '\\n')"; }
  unused=
  for class in /sys/class/block/*; do
    device=$(readlink -f "$class")
    case $device in */loop*)
      if [ "$(cat "$device/size")" = 0 ]; then
        [ -z "$unused" ] || continue
        unused=seen
      fi
    esac
    file "$device/uevent"
    # All that matters is whether it has one.
    [ "$(cat "$device/size")" != 0 ] || file "$device/size"
    file "$device/partition"
    file "$device/serial"
    file "$device/dm/name"
    file "$device/loop/backing_file"
    [ ! -d "$device/slaves" ] || echo "folder $device/slaves"
    for slave in "$device"/slaves/*; do link "$slave"; done
    link "/sys/dev/block/$(cat "$device/dev")"
    link "/sys/block/\${device##*/}"
    file "/run/udev/data/b$(cat "$device/dev")"
    above=$device
    while [ "$above" != /sys/devices ]; do
      above=\${above%/*}
      echo "folder $above"
      case \${above##*/} in 0000:*) link "$above/driver" ;; esac
      case $above in
      */mmc*:*) file "$above/type" ;;
      */nvme-subsys*) for member in "$above"/nvme*; do link "$member"; done ;;
      */nvme?) file "$above/serial" ;;
      esac
      for port in "$above"/ata[0-9]*; do [ ! -d "$port" ] || echo "folder $port"; done
    done
  done
  for function in /sys/bus/pci/drivers/nvme/0*; do
    link "$(readlink -f "$function")/driver"
  done
  for host in /sys/class/scsi_host/*; do file "$host/proc_name"; done
  file /proc/self/mountinfo`;

await using guest = await Guest.boot({ agent: agentUnderTest, ...everyBus() });
for (const script of prepareEveryBus) await guest.text(script, prepareDeadlineMs);
const [kernel, record] = [
  (await guest.text("uname -r")).trim(),
  await guest.text(recordScript, recordDeadlineMs),
];
const [qemu] = (await mustRunTool(["qemu-system-x86_64", "--version"])).split("\n");
await Bun.write(
  fixture,
  `# Recorded by test/guest/record-machine.ts: Linux ${kernel}, ${qemu}.\n${machineText(record)}`,
);

interface Entry {
  readonly kind: "file" | "link" | "folder";
  readonly content: string;
}

function machineText(text: string): string {
  const entries = new Map<string, Entry>();
  for (const line of text.trim().split("\n")) {
    const [kind, path, content = ""] = line.split(" ") as [Entry["kind"], string, string?];
    const plain = Buffer.from(content, "base64").toString("utf8");
    entries.set(path, { kind, content: kind === "link" ? plain.trimEnd() : plain });
  }
  // What a device would be laid out as comes before what else is known of it.
  const lines = [...blockLines(entries).sort(), ...restLines(entries).sort()];
  return `${lines.join("\n")}\n`;
}

/** A line for each device that says what it would be laid out as, whose entries are then taken out. */
function blockLines(entries: Map<string, Entry>): string[] {
  return [...entries.keys()]
    .filter((path) => path.endsWith("/uevent"))
    .flatMap((path) => {
      const device = posix.dirname(path);
      const uevent = entries.get(path)?.content ?? "";
      const [, major, minor, name, type] =
        /^MAJOR=(\d+)\nMINOR=(\d+)\nDEVNAME=(.*)\nDEVTYPE=(.*)\n/.exec(uevent) ?? [];
      if (name !== posix.basename(device)) return [];
      const links = [
        `/sys/dev/block/${major}:${minor}`,
        ...(type === "disk" ? [`/sys/block/${name}`] : []),
      ];
      const isAsLaidOut = links.every((link) => {
        return entries.get(link)?.content === posix.relative(posix.dirname(link), device);
      });
      if (!isAsLaidOut) return [];
      for (const each of [...links, path, `${device}/slaves`]) entries.delete(each);
      if (type === "partition") entries.delete(`${device}/partition`);
      return [`block ${device} ${major}:${minor}`];
    });
}

function restLines(entries: ReadonlyMap<string, Entry>): string[] {
  const isAbove = (folder: string) =>
    [...entries.keys()].some((path) => path.startsWith(`${folder}/`));
  return [...entries].flatMap(([path, { kind, content }]) => {
    if (kind === "folder") return /\/ata\d+$/.test(path) && !isAbove(path) ? [`${path}/`] : [];
    if (kind === "link") return [`${path} -> ${content}`];
    return [`${path} = ${content.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`];
  });
}
