/** How the hosts that poll guest agents do it, as their sources and their traffic say. */

export interface Call {
  readonly command: string;
  readonly args?: object;
}

/** What is asked together, and how often. */
export interface Round {
  readonly everySeconds: number;
  readonly calls: readonly Call[];
}

export interface Habit {
  readonly host: string;
  /**
   * `each-call`: connect, 0xFF with guest-sync-delimited and the command in one write, hang up, as Proxmox VE does.
   * `once`: one connection for a round, with one guest-sync at its beginning, as libvirt does. (It stays for longer, but
   * then none of the others would be served.)
   */
  readonly connects: "each-call" | "once";
  readonly rounds: readonly Round[];
}

function calls(...commands: readonly string[]): Call[] {
  return commands.map((command) => ({ command }));
}

export const habits: readonly Habit[] = [
  {
    host: "Proxmox VE",
    connects: "each-call",
    rounds: [
      // The summary page of a guest: a ping before each call, as "is it running at all?"
      { everySeconds: 10, calls: calls("guest-ping", "guest-network-get-interfaces") },
      { everySeconds: 30, calls: calls("guest-ping", "guest-get-fsinfo") },
      { everySeconds: 60, calls: calls("guest-ping", "guest-get-osinfo", "guest-get-host-name") },
      { everySeconds: 60, calls: calls("guest-ping", "guest-fsfreeze-status") },
      {
        everySeconds: 120,
        calls: [
          { command: "guest-ping" },
          { command: "guest-exec", args: { path: "true", "capture-output": true } },
        ],
      },
    ],
  },
  {
    host: "KubeVirt",
    connects: "once",
    rounds: [
      { everySeconds: 5, calls: calls("guest-fsfreeze-status") },
      {
        everySeconds: 10,
        calls: calls(
          "guest-network-get-interfaces",
          "guest-get-osinfo",
          "guest-get-host-name",
          "guest-get-timezone",
          "guest-get-users",
          "guest-get-fsinfo",
        ),
      },
      // A readiness probe of the kind `guestAgentPing`, and one that runs a program.
      { everySeconds: 10, calls: calls("guest-ping") },
      {
        everySeconds: 10,
        calls: [
          {
            command: "guest-exec",
            args: { path: "sh", arg: ["-c", "echo ready"], "capture-output": true },
          },
        ],
      },
      { everySeconds: 300, calls: calls("guest-info") },
    ],
  },
  {
    host: "libvirt with virsh and a monitor",
    connects: "once",
    rounds: [
      { everySeconds: 15, calls: calls("guest-get-time", "guest-get-vcpus") },
      { everySeconds: 60, calls: calls("guest-get-disks", "guest-get-fsinfo", "guest-get-users") },
      {
        everySeconds: 60,
        calls: [{ command: "guest-file-open", args: { path: "/proc/meminfo", mode: "r" } }],
      },
      { everySeconds: 120, calls: calls("guest-info", "guest-get-memory-block-info") },
    ],
  },
];
