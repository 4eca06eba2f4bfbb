/** Takes and removes the pid file named on its command line, again and again, and checks that nobody else has it. */
import { mkdirSync, rmdirSync, statSync } from "node:fs";
import { PidFile, PidFileError } from "../../src/agent/pid-file.ts";

const path = process.argv[2] as string;
const roundsMax = 2_000;

for (let round = 0; round < roundsMax; round++) {
  try {
    const file = PidFile.create(path, process.pid);
    // Both throw where two hold it. Reading the file would do as well, but give up the lock (fcntl(2)).
    statSync(path);
    mkdirSync(`${path}.held`);
    rmdirSync(`${path}.held`);
    file.remove();
  } catch (error) {
    // The rival has it.
    if (!(error instanceof PidFileError)) throw error;
  }
}
