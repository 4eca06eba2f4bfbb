/** Holds the pid file named on its command line until its stdin ends. */
import { PidFile } from "../../src/agent/pid-file.ts";

const file = PidFile.create(process.argv[2] as string, process.pid);
process.stdout.write("held\n");
await Bun.stdin.text();
file.remove();
