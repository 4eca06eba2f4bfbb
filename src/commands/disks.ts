import * as v from "valibot";
import { DeviceTree, TreeError } from "../linux/block/device-tree.ts";
import { type Disk, listDisks } from "../linux/block/disks.ts";
import { type NvmeHealth, nvmeHealth, type Wide } from "../linux/block/nvme-health.ts";
import { command } from "./command.ts";
import { diskAddressReply, diskAddressSchema } from "./disk-address.ts";
import { GuestError } from "./guest-error.ts";
import * as returns from "./returns.ts";

export const guestGetDisks = command({
  name: "guest-get-disks",
  place: 25,
  since: "5.2",
  doc: "All disks and partitions, mounted or not: what each is made of, where it is plugged in, and how an NVMe disk feels.",
  args: () => v.strictObject({}),
  returns: () =>
    v.array(
      v.object({
        name: returns.str("the device node, such as /dev/vda"),
        partition: returns.bool("whether it is a part of another disk"),
        dependencies: v.exactOptional(
          v.pipe(
            v.array(v.string()),
            v.description("the nodes it is made of; of a partition, its disk"),
          ),
        ),
        address: v.exactOptional(diskAddressSchema()),
        alias: v.exactOptional(returns.str("the name of a device-mapper device")),
        smart: v.exactOptional(smartSchema()),
      }),
    ),
  privilege: "audit",
  whileFrozen: "refused",
  success: "reply",
  mechanism: "/sys, /run/udev/data, NVME_IOCTL_ADMIN_CMD",
  run(_, context) {
    const tree = new DeviceTree(context.root);
    return disksOf(tree).map((disk) => {
      const { node, isPartition, dependencies, address, alias } = disk;
      const health = address?.busType === "nvme" ? nvmeHealth(`${context.root}${node}`) : null;
      return {
        name: node,
        partition: isPartition,
        ...(dependencies !== null && { dependencies: [...dependencies] }),
        ...(address !== null && { address: diskAddressReply(address) }),
        ...(alias !== null && { alias }),
        ...(health !== null && { smart: smartReply(health) }),
      };
    });
  },
});

function disksOf(tree: DeviceTree): Disk[] {
  try {
    return listDisks(tree);
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    throw new GuestError(`Can't open directory "/sys/block": ${error.cause.text}`, {
      cause: error,
    });
  }
}

/** QAPI's GuestDiskSmart, of which NVMe is the only kind. */
function smartSchema() {
  const low = returns.int64("lower 64 bits");
  const high = returns.int64("upper 64 bits");
  return v.object({
    type: v.literal("nvme"),
    "critical-warning": returns.int64("bits, 0 when all is well"),
    temperature: returns.int64("kelvin"),
    "available-spare": returns.int64("percent"),
    "available-spare-threshold": returns.int64("percent"),
    "percentage-used": returns.int64("percent of the life expected, may exceed 100"),
    "data-units-read-lo": low,
    "data-units-read-hi": high,
    "data-units-written-lo": low,
    "data-units-written-hi": high,
    "host-read-commands-lo": low,
    "host-read-commands-hi": high,
    "host-write-commands-lo": low,
    "host-write-commands-hi": high,
    "controller-busy-time-lo": low,
    "controller-busy-time-hi": high,
    "power-cycles-lo": low,
    "power-cycles-hi": high,
    "power-on-hours-lo": low,
    "power-on-hours-hi": high,
    "unsafe-shutdowns-lo": low,
    "unsafe-shutdowns-hi": high,
    "media-errors-lo": low,
    "media-errors-hi": high,
    "number-of-error-log-entries-lo": low,
    "number-of-error-log-entries-hi": high,
  });
}

function smartReply(health: NvmeHealth) {
  return {
    type: "nvme",
    "critical-warning": health.criticalWarning,
    temperature: health.temperature,
    "available-spare": health.availableSpare,
    "available-spare-threshold": health.availableSpareThreshold,
    "percentage-used": health.percentageUsed,
    ...halves("data-units-read", health.dataUnitsRead),
    ...halves("data-units-written", health.dataUnitsWritten),
    ...halves("host-read-commands", health.hostReadCommands),
    ...halves("host-write-commands", health.hostWriteCommands),
    ...halves("controller-busy-time", health.controllerBusyTime),
    ...halves("power-cycles", health.powerCycles),
    ...halves("power-on-hours", health.powerOnHours),
    ...halves("unsafe-shutdowns", health.unsafeShutdowns),
    ...halves("media-errors", health.mediaErrors),
    ...halves("number-of-error-log-entries", health.errorLogEntries),
  } as const;
}

function halves<Name extends string>(name: Name, { low, high }: Wide) {
  return { [`${name}-lo`]: low, [`${name}-hi`]: high } as {
    [Half in `${Name}-lo` | `${Name}-hi`]: bigint;
  };
}

/** For the registry. */
export const disksCommands = [guestGetDisks] as const;
