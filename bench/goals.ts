/** What guestwire is to reach. Ratios are against qemu-ga in the same run: above 1, guestwire is better. */

export interface RatioGoal {
  readonly row: string;
  readonly ratioMin: number;
}

/** An aside figure of a row that has a limit of its own, whatever the other agent's is. */
export interface LimitGoal {
  readonly row: string;
  readonly figure: string;
  readonly bytesMax: number;
}

const noWorse = 1;

function goals(ratioMin: number, ...names: readonly string[]): RatioGoal[] {
  return names.map((row) => ({ row, ratioMin }));
}

export const ratioGoals: readonly RatioGoal[] = [
  ...goals(1.5, "ping", "ping-cpu"),
  ...goals(15, "ping-pipelined"),
  ...goals(noWorse, "ping-bytewise"),
  ...goals(10, "file-open"),
  ...goals(2, "file-read-4k"),
  ...goals(6, "file-read-64k"),
  ...goals(10, "file-read-1m", "file-read-16m"),
  ...goals(3, "file-write-4k"),
  ...goals(10, "file-write-64k"),
  ...goals(20, "file-write-1m", "file-write-16m"),
  ...goals(500, "recover-random-1m", "recover-random-16m", "recover-random-64m"),
  ...goals(15, "recover-string-1m", "recover-string-16m", "recover-string-64m"),
  ...goals(50, "recover-brackets-1m", "recover-brackets-16m", "recover-brackets-64m"),
  ...goals(500, "recover-ff-1m", "recover-ff-16m", "recover-ff-64m"),
  ...goals(noWorse, "exec-true", "info", "osinfo", "fsinfo", "disks", "interfaces"),
  ...goals(noWorse, "vcpus", "memory-blocks", "users", "diskstats", "cpustats"),
  ...goals(noWorse, "peak-read-16m", "peak-random-64m", "peak-string-64m"),
];

export const limitGoals: readonly LimitGoal[] = [
  { row: "peak-random-1m", figure: "over rest", bytesMax: 4 * 2 ** 20 },
  { row: "peak-random-64m", figure: "over rest", bytesMax: 4 * 2 ** 20 },
];

/** Start to first reply takes at most 2.5 times as long. */
export const startRatioMin = 1 / 2.5;

/** Noise goes through at no less than half of what the socket carries to a reader that throws bytes away. */
export const discardRatioMin = 0.5;
