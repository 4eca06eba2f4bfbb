import { bytesText, shareText } from "./units.ts";
import { left, right, unknown, view } from "./view.ts";

/** What is mounted, and how full it is. */
export const fileSystemsView = view(
  "fs",
  (client) => client.call("guest-get-fsinfo"),
  (fileSystems) => ({
    columns: [
      left("MOUNTED ON"),
      left("TYPE"),
      right("SIZE"),
      right("USED"),
      right("USE"),
      left("DEVICE"),
      left("DISK"),
    ],
    rows: fileSystems.map((each) => {
      const used = each["used-bytes"];
      const total = each["total-bytes"];
      return [
        each.mountpoint,
        each.type,
        bytesText(total),
        bytesText(used),
        shareText(used, total),
        each.name,
        each.disk.map((disk) => disk.serial ?? disk.dev ?? disk["bus-type"]).join(" ") || unknown,
      ];
    }),
  }),
);
