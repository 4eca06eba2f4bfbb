import { Bench } from "tinybench";

export interface Budget {
  /** Bytes that a stream has about. */
  readonly sizeBytes: number;
  /** How long each task is repeated for, after a fifth of it to warm up. */
  readonly timeMs: number;
}

export interface Task {
  readonly name: string;
  /** One round. */
  run(): void;
  /** What one round works on, for a rate; without it the figure is the time of one of `operations`. */
  readonly bytes?: number;
  readonly operations?: number;
}

/** Runs the tasks in turn and prints a line for each, at the median of its rounds. */
export async function measure(
  title: string,
  tasks: readonly Task[],
  { timeMs }: Budget,
): Promise<void> {
  const bench = new Bench({ time: timeMs, warmupTime: timeMs / 5 });
  for (const { name, run } of tasks) bench.add(name, run);
  await bench.run();
  console.log(`\n${title}`);
  for (const [index, { name, result }] of bench.tasks.entries()) {
    if (!("latency" in result)) throw new Error(`${name} was not measured`);
    console.log(`  ${name.padEnd(34)} ${figure(tasks[index] as Task, result.latency.p50)}`);
  }
}

function figure({ bytes, operations = 1 }: Task, medianMs: number): string {
  if (bytes !== undefined) return `${(bytes / medianMs / 1000).toFixed(0).padStart(7)} MB/s`;
  return `${((medianMs * 1e6) / operations).toFixed(0).padStart(7)} ns`;
}

/** Of megabytes the beginning says enough. */
const shownCharsMax = 1000;

function shown(value: unknown): string {
  return `${JSON.stringify(value)}`.slice(0, shownCharsMax);
}

/** Says what is wrong before anything is timed: a fast wrong answer is none. */
export function expectSame(what: string, actual: unknown, expected: unknown): void {
  if (Bun.deepEquals(actual, expected)) return;
  throw new Error(`${what} is wrong: ${shown(actual)} and not ${shown(expected)}`);
}
