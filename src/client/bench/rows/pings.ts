import { bytesOf } from "../../timed-line.ts";
import type { BenchedAgent } from "../benched-agent.ts";
import { requestLine } from "../requests.ts";
import { type Row, timeFigure } from "./row.ts";

const pipelinedPings = 200;
/** So many that the clock of a process, which is read twice a sample, adds nothing that counts. */
const cpuPings = 500;
const ping = requestLine("guest-ping");
const common = { family: "requests", commands: ["guest-ping"] } as const;

export const pings: readonly Row[] = [
  {
    ...common,
    name: "ping",
    label: "guest-ping",
    title: "guest-ping, round trip",
    figures: [timeFigure],
    work: { amount: 1, unit: "requests" },
    async prepare(agent) {
      return { sample: async () => [await agent.ask(ping)] };
    },
  },
  {
    ...common,
    name: "ping-bytewise",
    label: "guest-ping, byte by byte",
    title: "guest-ping, each byte in a write of its own",
    figures: [timeFigure],
    async prepare(agent) {
      const bytes = [...ping].map((byte) => Uint8Array.of(byte));
      return { sample: async () => [await agent.askInPieces(bytes)] };
    },
  },
  {
    ...common,
    name: "ping-pipelined",
    label: `${pipelinedPings} guest-pings at once`,
    title: `${pipelinedPings} guest-pings in one write, until the last reply`,
    figures: [timeFigure],
    work: { amount: pipelinedPings, unit: "requests" },
    prepare: preparePipelined,
  },
  {
    ...common,
    name: "ping-cpu",
    label: "CPU time of a guest-ping",
    title: "CPU time of the agent for one guest-ping",
    figures: [{ name: "CPU time", unit: "ns" }],
    localProcess: true,
    async prepare(agent) {
      const process = agent.needProcess();
      return {
        async sample() {
          const before = process.cpuNs();
          for (let count = 0; count < cpuPings; count++) await agent.ask(ping);
          return [(process.cpuNs() - before) / cpuPings];
        },
      };
    },
  },
];

async function preparePipelined(agent: BenchedAgent) {
  await agent.ask(ping);
  const one = agent.line.received.slice();
  const requests = Buffer.alloc(pipelinedPings * ping.length, ping);
  const replies = Buffer.alloc(pipelinedPings * one.length, one);
  const all = bytesOf(replies.length);
  return {
    async sample() {
      const { startedNs, endedNs } = await agent.line.exchange(requests, all);
      if (!replies.equals(agent.line.received)) agent.refuse("replies to pipelined pings");
      return [endedNs - startedNs];
    },
  };
}
