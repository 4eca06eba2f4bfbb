import { readGuestFile } from "../read-guest-file.ts";
import { type Condition, reached } from "./condition.ts";

/** The kernel's tables of sockets, one a line; proc(5). */
const tables = ["/proc/net/tcp", "/proc/net/tcp6"];
const tableBytesMax = 16 * 1024 * 1024;

/** TCP_LISTEN of <netinet/tcp.h>. */
const listening = "0A";

/** 127.0.0.0/8 in the byte order of the table, ::1, and ::ffff:127.0.0.0/104. */
const loopback = /^(?:[0-9A-F]{6}7F|0{24}01000000|0{16}FFFF0000[0-9A-F]{6}7F)$/;

/** A program in the guest listens on a TCP port, and not for the guest alone. */
export function portCondition(port: number): Condition {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  return {
    name: `port:${port}`,
    async look(client) {
      for (const path of tables) {
        const table = await readGuestFile(client, path, tableBytesMax);
        const lines = Buffer.from(table ?? "")
          .toString()
          .split("\n");
        for (const line of lines) {
          const [, , address = "", , state] = ` ${line.trim()}`.split(/\s+/);
          const [host = "", its] = address.split(":");
          if (state === listening && its === wanted && !loopback.test(host)) return reached;
        }
      }
      return { kind: "pending", what: `nobody listens on TCP port ${port}` };
    },
  };
}
