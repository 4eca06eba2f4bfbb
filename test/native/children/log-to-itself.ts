/**
 * Listens as the log daemon, logs the texts given, and prints what arrived as JSON. Between opening the log and
 * each line it allocates and collects, because libc keeps the pointer to the name.
 */
import { cstring } from "../../../native/cstring.ts";
import { check } from "../../../native/errno.ts";
import { libc } from "../../../native/libc.ts";
import { rawFd, wrapFd } from "../../../native/raw-fd.ts";
import { SockaddrUn, Socket } from "../../../native/structs.ts";
import { openSyslog, syslog } from "../../../native/syslog.ts";
import { makeGarbage } from "../garbage.ts";

const [ident, priority, ...texts] = process.argv.slice(2);
const path = "/dev/log";
const type = Socket.SOCK_DGRAM | Socket.SOCK_CLOEXEC | Socket.SOCK_NONBLOCK;
const daemon = wrapFd(check("create", libc().socket(Socket.AF_UNIX, type, 0), path), path);
const address = SockaddrUn.make({ sun_family: Socket.AF_UNIX, sun_path: cstring(path) });
check("bind", libc().bind(rawFd(daemon), address, address.length), path);

const lines: string[] = [];
const into = new Uint8Array(4096);
openSyslog(ident as string);
for (const text of texts) {
  makeGarbage();
  syslog(Number(priority), text);
  // glibc ends a line with nothing or with a NUL, depending on its version.
  const count = daemon.tryRead(into);
  lines.push(Buffer.from(into.subarray(0, count)).toString().replace(/\0$/, ""));
}
console.log(JSON.stringify(lines));
