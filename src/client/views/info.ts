import type { AgentClient } from "../agent-client.ts";
import { ifTold } from "./optional.ts";
import { bytesText, durationText } from "./units.ts";
import { view } from "./view.ts";

async function ask(client: AgentClient) {
  const info = await client.call("guest-info");
  const enabled = new Set<string>(
    info.supported_commands.filter((each) => each.enabled).map(({ name }) => name),
  );
  const told = async <T>(name: string, asked: () => Promise<T>) =>
    enabled.has(name) ? ifTold(asked()) : null;
  return {
    agent: { version: info.version, commands: enabled.size },
    hostName: await told("guest-get-host-name", () => client.call("guest-get-host-name")),
    os: await told("guest-get-osinfo", () => client.call("guest-get-osinfo")),
    timeZone: await told("guest-get-timezone", () => client.call("guest-get-timezone")),
    timeNs: await told("guest-get-time", () => client.call("guest-get-time")),
    frozen: await told("guest-fsfreeze-status", () => client.call("guest-fsfreeze-status")),
    users: await told("guest-get-users", () => client.call("guest-get-users")),
    summary: await told("__org.guestwire_summary", () => client.call("__org.guestwire_summary")),
  };
}

type Info = Awaited<ReturnType<typeof ask>>;

function rows({ agent, hostName, os, timeZone, timeNs, frozen, users, summary }: Info) {
  const lines: [name: string, value: string | null][] = [
    ["host name", hostName?.["host-name"] ?? null],
    ["system", os?.["pretty-name"] ?? os?.name ?? null],
    ["kernel", os === null ? null : `${os["kernel-release"]} (${os.machine})`],
    ["agent", `version ${agent.version}, ${agent.commands} commands`],
    ["time", timeNs === null ? null : timeText(timeNs)],
    ["time zone", timeZone?.zone ?? null],
    ["file systems", frozen],
    ["users", users === null ? null : namesOf(users)],
  ];
  if (summary === null) return lines;
  const { memory, swap, load, processes, processors } = summary;
  lines.push(
    ["up", durationText(summary["uptime-ms"])],
    ["load", load.map((each) => (Number(each) / 100).toFixed(2)).join(" ")],
    ["processors", String(processors)],
    ["processes", `${processes.total} threads, ${processes.running} running`],
    ["memory", `${bytesText(memory.available)} of ${bytesText(memory.total)} available`],
    ["swap", `${bytesText(swap.free)} of ${bytesText(swap.total)} free`],
    ["failed units", summary["failed-units"]?.join(" ") ?? null],
  );
  return lines;
}

const timeMsMax = 8_640_000_000_000_000n;

/** What no calendar has stays a number. */
function timeText(ns: bigint): string {
  const ms = ns / 1_000_000n;
  return ms > timeMsMax || ms < -timeMsMax ? `${ns} ns` : new Date(Number(ms)).toISOString();
}

function namesOf(users: readonly { readonly user: string }[]): string {
  return [...new Set(users.map(({ user }) => user))].join(" ");
}

/** What a guest is and how it is. */
export const infoView = view(
  "info",
  ask,
  (answer) => ({
    columns: null,
    rows: rows(answer).flatMap(([name, value]) =>
      value === null || value === "" ? [] : [[name, value]],
    ),
  }),
  ["host name", "system", "file systems", "up", "load", "memory"],
);
