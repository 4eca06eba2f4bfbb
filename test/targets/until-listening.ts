const lookMs = 20;

/** Settles when the agent listens at the path. @throws when it ends before */
export async function untilListening(socket: string, agent: Bun.Subprocess): Promise<void> {
  while (!(await Bun.file("/proc/net/unix").text()).includes(` ${socket}\n`)) {
    await Bun.sleep(lookMs);
    if (agent.exitCode !== null || agent.signalCode !== null) {
      throw new Error(`The agent ended: ${agent.exitCode ?? agent.signalCode}`);
    }
  }
}
