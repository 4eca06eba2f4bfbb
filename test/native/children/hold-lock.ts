/** Takes the record lock on a file, says whether it got it, and holds it until its input ends. */
import { Fd } from "../../../native/fd.ts";
import { tryLock } from "../../../native/record-lock.ts";
import { OpenFlag } from "../../../native/structs.ts";

const fd = Fd.open(process.argv[2] as string, OpenFlag.O_RDWR);
console.log(tryLock(fd) ? "locked" : "held by another");
await Bun.stdin.text();
fd.close();
