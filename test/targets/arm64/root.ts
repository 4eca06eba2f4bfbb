import { minimalRoot, missingForDebianRoot } from "../../guest/debian-root.ts";
import { Arm64Programs, missingForArm64Programs } from "./binfmt.ts";

const architecture = "arm64";

/** Beside what every Debian has: what tests look for, and what a guest of that architecture boots with. */
const packages = ["busybox-static", "iproute2", "procps"];

/** Names what this machine lacks to make a Debian of arm64 and to run programs in it; empty when nothing does. */
export function missingForArm64Root(): string[] {
  return [...new Set([...missingForDebianRoot(), ...missingForArm64Programs()])];
}

/** The folder of a Debian of arm64, from the cache; on the first call ever it takes two minutes and the network. */
export async function arm64Root(): Promise<string> {
  using _running = await Arm64Programs.register();
  return await minimalRoot(packages, architecture);
}
