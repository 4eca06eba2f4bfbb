import { SysError } from "../../../../native/errno.ts";
import type { BenchedAgent } from "../benched-agent.ts";
import { CannotMeasure } from "../contender.ts";
import { noises } from "../noise.ts";
import { requestLine } from "../requests.ts";
import { noiseSizes, synced, withSync } from "./recovery.ts";
import { MiB, type Probe, type Row, timeFigure } from "./row.ts";

const readBytes = 16 * MiB;
/** What an agent does about its memory when it is left alone, it has done by then. */
const restMs = 500;
/** What grows is seen by the largest, and by the smallest what an agent can stand that is too slow for that. */
const measuredNoises = ["random", "string"];
const measuredSizes = noiseSizes.filter(([name]) => ["1m", "64m"].includes(name));

const figures = [
  { name: "peak resident memory", unit: "bytes" },
  { name: "over rest", unit: "bytes" },
  timeFigure,
] as const;

export const memory: readonly Row[] = [
  {
    name: "peak-read-16m",
    family: "memory",
    label: "read of 16 MiB",
    title: "peak memory of a guest-file-read of 16 MiB",
    figures,
    commands: ["guest-file-open", "guest-file-close", "guest-file-read"],
    localProcess: true,
    turnSamplesMax: 1,
    async prepare(agent) {
      const handle = await agent.files.open("/dev/zero", "r");
      const read = requestLine("guest-file-read", { handle, count: readBytes });
      return {
        ...probe(agent, () => agent.ask(read)),
        close: () => agent.files.close(handle),
      };
    },
  },
  ...noises
    .filter(({ name }) => measuredNoises.includes(name))
    .flatMap((noise) =>
      measuredSizes.map(([name, bytes, words], index): Row => {
        const before = measuredSizes[index - 1];
        return {
          name: `peak-${noise.name}-${name}`,
          family: "memory",
          label: `${noise.words}, ${words}`,
          title: `peak memory of ${words} of ${noise.words}`,
          figures,
          commands: ["guest-sync-delimited"],
          localProcess: true,
          turnSamplesMax: 1,
          ...(before !== undefined && {
            smaller: { row: `peak-${noise.name}-${before[0]}`, times: bytes / before[1] },
          }),
          async prepare(agent) {
            const noiseAndSync = withSync(noise.make(bytes));
            return probe(agent, () => agent.line.exchange(noiseAndSync, synced));
          },
        };
      }),
    ),
];

function probe(agent: BenchedAgent, work: () => Promise<unknown>): Probe {
  const process = agent.needProcess();
  try {
    process.resetPeak();
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    throw new CannotMeasure(`its peak cannot be reset: ${error.message}`);
  }
  return {
    async sample() {
      await agent.rest(restMs);
      process.resetPeak();
      const rest = process.resident().now;
      const startedNs = Bun.nanoseconds();
      await work();
      const ns = Bun.nanoseconds() - startedNs;
      const { peak } = process.resident();
      return [peak, peak - rest, ns];
    },
  };
}
