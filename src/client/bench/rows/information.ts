import { requestLine } from "../requests.ts";
import { type Row, timeFigure } from "./row.ts";

const commands = [
  ["info", "guest-info"],
  ["osinfo", "guest-get-osinfo"],
  ["fsinfo", "guest-get-fsinfo"],
  ["disks", "guest-get-disks"],
  ["interfaces", "guest-network-get-interfaces"],
  ["route", "guest-network-get-route"],
  ["vcpus", "guest-get-vcpus"],
  ["memory-blocks", "guest-get-memory-blocks"],
  ["users", "guest-get-users"],
  ["diskstats", "guest-get-diskstats"],
  ["cpustats", "guest-get-cpustats"],
] as const;

export const information: readonly Row[] = commands.map(([name, command]) => ({
  name,
  family: "information",
  label: command,
  title: command,
  figures: [timeFigure],
  commands: [command],
  async prepare(agent) {
    const request = requestLine(command);
    return { sample: async () => [await agent.ask(request)] };
  },
}));
