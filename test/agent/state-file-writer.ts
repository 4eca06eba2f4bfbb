/** Reserves a handle number in the state folder named on its command line. */
import { StateFile } from "../../src/agent/state-file.ts";

StateFile.load(process.argv[2] as string, true, {
  warning() {},
  critical() {},
}).secure();
