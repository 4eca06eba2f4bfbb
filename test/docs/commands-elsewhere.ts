/** Commands of the documents that are not run for their sake: who else runs them, or why nobody can here. */

export interface RunElsewhere {
  readonly command: string;
  /** A file of the project that runs it, and what stands there about it. */
  readonly file: string;
  readonly words: string;
}

/** What changes the system it runs in, wants a guest, or is the project's own work. */
export const runElsewhere: readonly RunElsewhere[] = [
  {
    command: "npm ci && npm start",
    file: "test/docs/picture.test.ts",
    words: "conversationText()",
  },
  { command: "npm ci && npm test", file: "scripts/check.ts", words: "scripts/test.ts" },
  { command: "npm run package", file: ".ci/run", words: "npm run package\n" },
  {
    command: "npm run package -- x64-baseline",
    file: "test/packaging/release-under-test.ts",
    words: "platform.target",
  },
  {
    command: "(cd dist/release && sha256sum --check SHA256SUMS)",
    file: ".ci/run",
    words: "cd dist/release && sha256sum --check --strict SHA256SUMS",
  },
  {
    command: "apt-get install ./guestwire_*_amd64.deb",
    file: "test/packaging/deb-in-guest.test.ts",
    words: "apt-get --yes install /root/guestwire.deb",
  },
  {
    command: "npm install guestwire",
    file: "test/packaging/npm.test.ts",
    words: '["npm", "install", ',
  },
  {
    command: "npx guestwire call ga.sock guest-info",
    file: "test/packaging/npm.test.ts",
    words: '"guestwire", "call", agent.socket',
  },
  {
    command: "guestwire",
    file: "test/guest/life.test.ts",
    words: "/dev/virtio-ports/org.qemu.guest_agent.0",
  },
  {
    command: "guestwire --method=vsock-listen --path=-1:1234",
    file: "test/guest/vsock.test.ts",
    words: '"vsock-listen", "-p", address',
  },
  {
    command: "guestwire install",
    file: "test/guest/install.test.ts",
    words: '["/usr/bin/guestwire", "install"]',
  },
  {
    command: "guestwire install --replace-qemu-ga",
    file: "test/guest/install.test.ts",
    words: "guestwire install --replace-qemu-ga",
  },
  {
    command: "guestwire install --profile fs",
    file: "test/guest/sandboxes.test.ts",
    words: "guestwire install --profile fs",
  },
  {
    command: "guestwire install --dry-run",
    file: "test/install/install.test.ts",
    words: 'runInstall(...args, "--dry-run")',
  },
  {
    command: "guestwire install --replace-qemu-ga --dry-run",
    file: "test/install/install.test.ts",
    words: 'runInstall(...args, "--dry-run")',
  },
  {
    command: "guestwire uninstall",
    file: "test/guest/install.test.ts",
    words: "guestwire uninstall",
  },
  { command: "guestwire doctor", file: "test/guest/doctor.test.ts", words: '"guestwire doctor"' },
  {
    command: "guestwire call /var/run/qemu-server/100.qga guest-fsfreeze-thaw",
    file: "test/guest/fsfreeze.test.ts",
    words: "guest-fsfreeze-thaw",
  },
  {
    command:
      "guestwire freeze 100 --mount /var/lib/mysql -- lvcreate --snapshot --name backup --size 5G vg/vm-100",
    file: "test/process/freeze.test.ts",
    words: 'const args = ["--mount", "/mnt", ',
  },
  {
    command: "guestwire freeze ga.sock -- sync",
    file: "test/guest/fsfreeze.test.ts",
    words: '"freeze", ',
  },
  {
    command: "guestwire wait 100 --for network --for port:22 --timeout 600",
    file: "test/client/wait.test.ts",
    words: "portCondition(22)",
  },
  {
    command: "guestwire call ssh:root@host:/var/run/qemu-server/100.qga guest-ping",
    file: "test/process/ssh.test.ts",
    words: '"call", target(',
  },
  {
    command: "guestwire exec 'libvirt:qemu+ssh://root@host/system/web-*' -- uptime",
    file: "test/guest/libvirt.test.ts",
    words: "exec 'libvirt:qemu:///session/gu*'",
  },
  {
    command: "guestwire watch 100",
    file: "test/process/watch.test.ts",
    words: 'new OnTerminal(["watch", ',
  },
  {
    command: "guestwire shell 100",
    file: "test/process/shell.test.ts",
    words: 'new OnTerminal(["shell", ',
  },
  {
    command: "cloud-init status --long",
    file: "test/guest/cloud-init.test.ts",
    words: "cloud-init status --wait --long",
  },
  {
    command: "grep 'guestwire: ' /var/log/cloud-init-output.log",
    file: "test/guest/cloud-init.test.ts",
    words: "grep 'guestwire: ' /var/log/cloud-init-output.log",
  },
];

/** A program all of whose commands another test runs as the page has them. */
export const programsElsewhere: Readonly<Record<string, Omit<RunElsewhere, "command">>> = {
  virsh: { file: "test/guest/libvirt-guide.ts", words: "docs/libvirt.md" },
};

export interface Unrunnable {
  readonly reason: string;
  /** What of its commands names something that the page has elsewhere, too. */
  readonly names: RegExp;
}

/** Programs that need what no test machine has. Of their commands only what they name can be checked. */
export const unrunnable: Readonly<Record<string, Unrunnable>> = {
  qm: { reason: "needs a Proxmox VE host", names: /(?<=local:)\S+/g },
  kubectl: {
    reason: "needs a Kubernetes cluster",
    names: /(?<=userdata=)\S+|vm-1\S*/g,
  },
  virtctl: { reason: "needs KubeVirt", names: /vm-1/g },
  dnf: {
    reason: "Debian has none; test/packaging/rpm.test.ts installs the package with rpm",
    names: /(?<=\.)rpm$/g,
  },
};
