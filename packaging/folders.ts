import { join } from "node:path";

export const project = join(import.meta.dirname, "..");
export const dist = join(project, "dist");
/** What is for others: packages, executables, bills of materials, sums. */
export const release = join(dist, "release");
