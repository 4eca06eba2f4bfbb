import { syncReply } from "../../timed-line.ts";
import type { BenchedAgent } from "../benched-agent.ts";
import { noises } from "../noise.ts";
import { requestLine, syncLine } from "../requests.ts";
import { type Probe, type Row, timeFigure } from "./row.ts";

/** Decimal, so that the longest string is below the 64 MiB that an agent takes. */
export const noiseSizes = [
  ["64k", 64_000, "64 kB"],
  ["1m", 1_000_000, "1 MB"],
  ["16m", 16_000_000, "16 MB"],
  ["64m", 64_000_000, "64 MB"],
] as const;

const ping = requestLine("guest-ping");
const syncId = 0x5afe;
const sync = syncLine(syncId);
export const synced = syncReply(syncId);

export const recovery: readonly Row[] = noises.flatMap((noise) => {
  const madeOf = lastMade((bytes) => withSync(noise.make(bytes)));
  return noiseSizes.map(([name, bytes, words], index): Row => {
    const before = noiseSizes[index - 1];
    return {
      name: `recover-${noise.name}-${name}`,
      family: "recovery",
      label: `${noise.words}, ${words}`,
      title: `back in sync after ${words} of ${noise.words}`,
      figures: [
        timeFigure,
        { name: "after the last byte", unit: "ns" },
        { name: "replies to noise", unit: "bytes" },
      ],
      work: { amount: bytes, unit: "bytes" },
      commands: ["guest-sync-delimited", "guest-ping"],
      ...(before !== undefined && {
        smaller: { row: `recover-${noise.name}-${before[0]}`, times: bytes / before[1] },
      }),
      prepare: (agent) => prepareRecovery(agent, madeOf(bytes)),
    };
  });
});

/** From the first byte of noise to the reply of the sync behind it; the noise takes as long as the agent needs for it. */
async function prepareRecovery(agent: BenchedAgent, noiseAndSync: Uint8Array): Promise<Probe> {
  return {
    async sample() {
      const timing = await agent.line.exchange(noiseAndSync, synced);
      // In sync is who also answers what comes next.
      await agent.ask(ping);
      return [
        timing.endedNs - timing.startedNs,
        timing.endedNs - timing.sentNs,
        timing.receivedBytes,
      ];
    },
  };
}

/** Noise with a sync behind it, and how to know the reply. */
export function withSync(noise: Uint8Array): Uint8Array {
  return Buffer.concat([noise, sync]);
}

/** Both agents get the same bytes, and only one size of them is kept. */
function lastMade(make: (bytes: number) => Uint8Array): (bytes: number) => Uint8Array {
  let made: { bytes: number; value: Uint8Array } | null = null;
  return (bytes) => {
    if (made?.bytes !== bytes) made = { bytes, value: make(bytes) };
    return made.value;
  };
}
