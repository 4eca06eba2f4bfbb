import { requestLine } from "../requests.ts";
import { type Row, timeFigure } from "./row.ts";

interface ExecReply {
  readonly return: { readonly pid: number };
}

interface StatusReply {
  readonly return: { readonly exited: boolean; readonly exitcode?: number };
}

export const programs: readonly Row[] = [
  {
    name: "exec-true",
    family: "programs",
    label: "guest-exec of true",
    title: "guest-exec of true, until guest-exec-status says exited",
    figures: [timeFigure],
    commands: ["guest-exec", "guest-exec-status"],
    changesGuest: true,
    async prepare(agent) {
      const start = requestLine("guest-exec", { path: "true" });
      return {
        async sample() {
          const startedNs = Bun.nanoseconds();
          await agent.ask(start);
          const { pid } = (agent.reply() as ExecReply).return;
          const status = requestLine("guest-exec-status", { pid });
          for (;;) {
            await agent.ask(status);
            const { exited, exitcode } = (agent.reply() as StatusReply).return;
            if (!exited) continue;
            if (exitcode !== 0) agent.refuse("exit code of true");
            return [Bun.nanoseconds() - startedNs];
          }
        },
      };
    },
  },
];
