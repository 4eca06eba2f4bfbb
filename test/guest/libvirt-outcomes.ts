import type { LibvirtMachine } from "./libvirt-machine.ts";

/** What is run with both agents, in this order: lines of the guide, and wrong uses. */
const comparedLines = [
  "virsh domfsinfo guest",
  "virsh guestinfo guest",
  "virsh domifaddr guest --source agent",
  "virsh domhostname guest --source agent",
  "virsh domtime guest",
  "virsh domtime guest --now",
  "virsh domtime guest --sync",
  "virsh guestvcpus guest",
  "virsh guestvcpus guest --disable 1",
  "virsh guestvcpus guest --enable 1",
  "virsh guestvcpus guest --disable 0",
  "virsh guestvcpus guest --disable 7",
  "virsh domfsfreeze guest",
  "virsh domfsfreeze guest",
  "virsh domfsthaw guest",
  "virsh domfsthaw guest",
  "virsh domfsfreeze guest --mountpoint /",
  "virsh domfsthaw guest",
  "virsh domfsfreeze guest --mountpoint /nowhere",
  "virsh domfsthaw guest",
  "virsh domfstrim guest",
  "virsh set-user-password guest alice 'open sesame'",
  "virsh set-user-password guest bob 'open sesame'",
  "virsh set-user-sshkeys guest alice --file alice.pub",
  "virsh get-user-sshkeys guest alice",
  "virsh set-user-sshkeys guest alice --file other.pub --reset",
  "virsh get-user-sshkeys guest alice",
  "virsh set-user-sshkeys guest alice --file other.pub --remove",
  "virsh get-user-sshkeys guest alice",
  "virsh set-user-sshkeys guest bob --file alice.pub",
  "virsh get-user-sshkeys guest bob",
  "virsh get-user-sshkeys guest root",
  `virsh qemu-agent-command guest '{"execute": "guest-no-such-command"}'`,
  `virsh qemu-agent-command guest '{"execute": "guest-ping", "arguments": {"a": 1}}'`,
];

/** What each line ended with, numbers that move taken out. */
export async function played(machine: LibvirtMachine): Promise<Map<string, string>> {
  const outcomes = new Map<string, string>();
  for (const [index, line] of comparedLines.entries()) {
    const { status, stdout, stderr } = await machine.tried(line);
    const text = `${stdout}${stderr}status ${status}`
      .replace(/^(fs\.\d+\.used-bytes *): \d+$/gm, "$1: N")
      .replace(/^Time: \d+$/m, "Time: N");
    outcomes.set(`${index} ${line}`, text);
  }
  return outcomes;
}

/** The rows of docs/differences.md that show in these, as what qemu-ga says and what guestwire says instead. */
const meantDifferences: readonly (readonly [qemuGa: RegExp, guestwire: string])[] = [
  [
    /has been disabled: the agent is in frozen state/,
    "has been disabled: the command is not allowed",
  ],
  [
    /failed to set user password$/m,
    `failed to set user password: chpasswd: (user bob) pam_chauthtok() failed, error:
Authentication token manipulation error
chpasswd: (line 1, user bob) password not changed
`,
  ],
];

/** What guestwire is to say where qemu-ga says this. */
export function meantOutcome(qemuGas: string): string {
  return meantDifferences.reduce((text, [theirs, ours]) => text.replace(theirs, ours), qemuGas);
}
