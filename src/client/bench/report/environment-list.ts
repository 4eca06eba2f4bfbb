import type { AgentDescription, BenchResult } from "../result.ts";
import { formatBytes } from "../units.ts";
import { element, escaped } from "./markup.ts";

/** What the figures were taken on. */
export function environmentList(result: BenchResult): string {
  const { host, agents, startedAt, seconds, plan, guestwire } = result;
  const facts: (readonly [string, string])[] = [
    ["Host", `${host.cpu}, ${host.cpuCount} CPUs, ${formatBytes(host.memoryBytes)}`],
    ["Kernel", `Linux ${host.kernel}, ${host.machine}`],
    ["Load", `${host.loadBefore.toFixed(2)} before, ${host.loadAfter.toFixed(2)} after`],
    ["Run", `${startedAt}, ${Math.round(seconds)} s, plan ${plan.name}, by guestwire ${guestwire}`],
    ...agents.map((agent) => [agent.name, agentText(agent)] as const),
  ];
  const items = facts.map(
    ([name, text]) => element("dt", {}, escaped(name)) + element("dd", {}, escaped(text)),
  );
  return element("dl", {}, items.join(""));
}

function agentText(agent: AgentDescription): string {
  const { version, system, transport, socket, process, whyNoProcess } = agent;
  const where =
    process === null
      ? `CPU time and memory not measured: ${whyNoProcess}`
      : `process ${process.pid} (${process.name})`;
  return `version ${version ?? "unknown"}; ${system ?? "system unknown"}; ${transport}, ${socket}; ${where}`;
}

/** How it was measured, for those who doubt it. */
export function methodText({ plan, agents, isReadOnly }: BenchResult): string {
  const order =
    agents.length > 1
      ? " Both agents have their turns next to each other, in the order A B B A, and a ratio compares neighbouring turns alone: a machine that drifts hits both."
      : "";
  const paragraphs = [
    `One client, one request at a time, waiting with poll(2) and nothing else. Each row checks that the reply is right before it is timed, warms up for ${plan.warmUpMs} ms, and is measured in ${plan.rounds} turns of ${plan.turnMs} ms.${order}`,
    `± is the median distance from the median. p99 takes 100 samples, p99.9 takes 1000. What would take longer than ${plan.rowMsMax / 1000} s is left out and said so, never extrapolated.`,
    isReadOnly
      ? "Read-only: no program was started and no file was made in the guest; reads are of /dev/zero."
      : "Files were scratch files of 16 MiB where guest-exec could remove them again, /dev/zero otherwise.",
  ];
  const text = paragraphs.map((paragraph) => element("p", {}, escaped(paragraph)));
  return element("section", {}, element("h2", {}, "Method") + text.join(""));
}
