/** A real libvirtd, whose machine is a Debian with the agent in place of qemu-ga, driven by the lines of docs/libvirt.md. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, copyFileSync, statSync, writeFileSync } from "node:fs";
import { guestwire } from "../differential/binaries.ts";
import { agentKind, missingForAgentTests } from "./agent-under-test.ts";
import { missingForDebianRoot } from "./debian-root.ts";
import { missingForLibvirt } from "./libvirt.ts";
import { deathFile, diskFile } from "./libvirt-domain.ts";
import { LibvirtMachine } from "./libvirt-machine.ts";
import { meantOutcome, played } from "./libvirt-outcomes.ts";
import { missingSystemPrograms, needs } from "./requirements.ts";
import { mustRunTool, systemProgram } from "./tool.ts";

const bootTimeoutMs = 600_000;
setDefaultTimeout(240_000);
/** The sums of a large executable take an emulated processor a minute. */
const handOverTimeoutMs = 500_000;

const missing = [
  ...missingForAgentTests(),
  ...missingForDebianRoot(),
  ...missingForLibvirt(),
  ...missingSystemPrograms(["dumpe2fs"]),
];
if (agentKind !== "guestwire") missing.push("guestwire as the agent under test");

const service = "qemu-guest-agent";
const signalAgent = `systemctl kill --kill-whom=main ${service} --signal`;
const ping = `virsh qemu-agent-command guest --timeout 5 '{"execute": "guest-ping"}'`;
const hostName = "virsh domhostname guest --source agent";
const state = `virsh dumpxml guest --xpath "//channel/target[@name='org.qemu.guest_agent.0']/@state"`;
const patience = "virsh guest-agent-timeout guest --timeout 60";

const mebibyte = 1024 * 1024;
/** What stat(2) counts in. */
const blockBytes = 512;

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKEIofalice alice@example.com";
const otherKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOTHERkeyofalice alice@elsewhere";

describe.skipIf(missing.length > 0)(`libvirtd${needs(missing)}`, () => {
  let machine: LibvirtMachine;
  const run = (line: string) => machine.run(line);

  beforeAll(async () => {
    machine = await LibvirtMachine.boot();
    await run(patience);
    for (const [name, text] of [
      ["alice.pub", key],
      ["other.pub", otherKey],
    ] as const) {
      writeFileSync(machine.libvirt.file(name), `${text}\n`);
    }
    await machine.text("useradd --create-home alice");
  }, bootTimeoutMs);

  afterAll(async () => {
    await machine?.[Symbol.asyncDispose]();
  });

  test("sees the agent in its channel, and passes commands on", async () => {
    expect(await run(state)).toBe(' state="connected"');
    expect(await run(ping)).toBe('{"return":{}}');
    const load = `virsh qemu-agent-command guest --pretty '{"execute": "guest-get-load"}'`;
    expect(JSON.parse(await run(load))).toEqual({
      return: {
        load1m: expect.any(Number),
        load5m: expect.any(Number),
        load15m: expect.any(Number),
      },
    });
  });

  test("is what guestwire on the host goes through", async () => {
    // Whom libvirtd serves may not read where the project stands.
    const path = machine.libvirt.file("guestwire");
    copyFileSync(guestwire.path, path);
    chmodSync(path, 0o755);
    const client = "./guestwire";
    const typed = async (line: string) => (await machine.libvirt.typed(line)).trimEnd();
    expect(await typed(`${client} call guest guest-sync id=9007199254740993`)).toBe(
      "9007199254740993",
    );
    expect(await typed(`${client} call libvirt:qemu:///session/guest guest-ping`)).toBe("{}");
    const refused = await machine.libvirt.tried(`${client} call guest guest-nonsense`);
    expect(refused).toMatchObject({
      status: 1,
      stderr: "CommandNotFound: The command guest-nonsense has not been found\n",
    });
    const script = "tr a-z A-Z; echo oops >&2; exit 7";
    const program = `echo hello | ${client} exec guest -- sh -c '${script}'`;
    expect(await machine.libvirt.tried(program)).toEqual({
      status: 7,
      stdout: "HELLO\n",
      stderr: "oops\n",
    });
    expect(await typed(`${client} wait guest --for network`)).toBe("");
    const many = `${client} exec 'libvirt:qemu:///session/gu*' -- sh -c 'echo here; exit 3'`;
    expect(await machine.libvirt.tried(many)).toEqual({
      status: 3,
      stdout: "libvirt:qemu:///session/guest: here\n",
      stderr:
        "guestwire exec: libvirt:qemu:///session/guest: failed: exit code 3\n1 target: 1 failed\n",
    });
    expect(await machine.libvirt.tried(`${client} call 'x*' guest-ping`)).toMatchObject({
      status: 125,
      stderr: `guestwire call: "x*" matches no socket here and no domain of libvirt's\n`,
    });
    // More than one request has room for, and names of any bytes.
    const copies = `mkdir copies && head -c 300000 /dev/urandom > copies/large && echo x > "copies/$(printf 'a\\n\\377')"`;
    await typed(copies);
    await typed(`${client} cp -r copies guest:/run`);
    await typed(`${client} cp -r guest:/run/copies back`);
    expect(await typed("diff -r copies back && ls back | wc -l")).toBe("3");
    expect(await machine.text("cd /run/copies; ls | wc -l; stat -c %s large")).toBe("3\n300000\n");
  });

  test("is what the doctor in the guest finds nothing against", async () => {
    // Exit code 1 would be a failure of the script.
    expect(await machine.text("guestwire doctor")).toContain("port");
  });

  // Early, because QEMU's emulation boots the slower the more it has translated before.
  test("reboots by the agent, which is there again afterwards", async () => {
    const boot = () => machine.text("cat /proc/sys/kernel/random/boot_id");
    const before = await boot();
    const mark = machine.events.mark();
    await run("virsh reboot guest --mode agent");
    await machine.events.has("event 'reboot' for domain 'guest'", mark);
    await machine.events.agent("connected", mark);
    expect(await boot()).not.toBe(before);
    await machine.isSettled();
  });

  describe("tells what is in the guest", () => {
    test("file systems, with the name that the domain has for their disk", async () => {
      const [, , ...rows] = (await run("virsh domfsinfo guest")).split("\n");
      expect(rows.map((row) => row.trim().split(/\s+/))).toEqual([["/", "vda", "ext4", "vda"]]);
    });

    test("host name and addresses", async () => {
      expect(await run(hostName)).toBe("debian-under-test");
      const table = await run("virsh domifaddr guest --source agent");
      expect(table).toMatch(/^ lo .* ipv4 +127\.0\.0\.1\/8$/m);
      expect(table).toMatch(/^ \w+ +52:54:00:67:77:01 +ipv4 +10\.0\.2\.15\/24$/m);
    });

    test.each<[string, readonly RegExp[]]>([
      [
        "--user",
        [/^user\.count *: 1$/m, /^user\.0\.name *: root$/m, /^user\.0\.login-time *: \d+$/m],
      ],
      ["--os", [/^os\.id *: debian$/m, /^os\.kernel-release *: 6\./m, /^os\.machine *: x86_64$/m]],
      ["--timezone", [/^timezone\.name *: UTC$/m, /^timezone\.offset *: 0$/m]],
      ["--hostname", [/^hostname *: debian-under-test$/m]],
      ["--filesystem", [/^fs\.0\.mountpoint *: \/$/m, /^fs\.0\.disk\.0\.alias *: vda$/m]],
      ["--disk", [/^disk\.\d+\.name *: \/dev\/vda$/m, /^disk\.\d+\.alias *: vda$/m]],
      ["--interface", [/^if\.\d+\.hwaddr *: 52:54:00:67:77:01$/m]],
    ])("guestinfo %s", async (option, patterns) => {
      const told = await run(`virsh guestinfo guest ${option}`);
      for (const pattern of patterns) expect(told).toMatch(pattern);
      expect(await run("virsh guestinfo guest")).toContain(told.split("\n")[0] ?? "");
    });
  });

  test("guestinfo has no option that fails", async () => {
    const help = await machine.libvirt.mustVirsh("help", "guestinfo");
    const options = [...help.matchAll(/^ {4}(--\w+)/gm)].map(([, option = ""]) => option);
    expect(options).toContain("--user");
    for (const option of options) {
      expect(await machine.libvirt.mustVirsh("guestinfo", "guest", option)).toMatch(/\w+ *: \S/);
    }
  });

  test("sets the clock, and from the hardware clock", async () => {
    const seconds = async () => Number(/\d+/.exec(await run("virsh domtime guest"))?.[0]);
    const hour = 3600;
    await run("virsh domtime guest --time 1900000000");
    expect(await seconds()).toBeWithin(1_900_000_000, 1_900_000_000 + hour);
    expect(await run("virsh domtime guest --pretty")).toStartWith("Time: 2030-03-17 ");
    const now = Math.floor(Date.now() / 1000);
    await run("virsh domtime guest --now");
    expect(await seconds()).toBeWithin(now, now + hour);
    await machine.text("date --set @1900000000");
    expect(await seconds()).toBeGreaterThan(now + hour);
    await run("virsh domtime guest --sync");
    expect(await seconds()).toBeWithin(now, now + hour);
  });

  test("takes a processor away and brings it back", async () => {
    const online = () => machine.text("cat /sys/devices/system/cpu/online");
    await run("virsh guestvcpus guest --disable 1");
    expect(await online()).toBe("0\n");
    expect(await run("virsh guestvcpus guest")).toMatch(/^online *: 0$/m);
    await run("virsh guestvcpus guest --enable 1");
    expect(await online()).toBe("0-1\n");
    expect(await run("virsh guestvcpus guest")).toMatch(/^online *: 0-1$/m);
  });

  test("sets a password, which lets its user in from then on", async () => {
    await run("virsh set-user-password guest alice 'open sesame'");
    const letIn = async (password: string) => {
      const su = "setpriv --reuid=65534 --clear-groups su alice --command 'id -un'";
      return await machine.text(`echo '${password}' | ${su} 2>/dev/null || echo refused`);
    };
    expect(await letIn("open sesame")).toBe("alice\n");
    expect(await letIn("close sesame")).toBe("refused\n");
  });

  test("adds, replaces and removes SSH keys", async () => {
    const keys = () => machine.text("cat /home/alice/.ssh/authorized_keys");
    await run("virsh set-user-sshkeys guest alice --file alice.pub");
    expect(await keys()).toBe(`${key}\n`);
    expect(await run("virsh get-user-sshkeys guest alice")).toBe(key);
    await run("virsh set-user-sshkeys guest alice --file other.pub --reset");
    expect(await keys()).toBe(`${otherKey}\n`);
    await run("virsh set-user-sshkeys guest alice --file other.pub --remove");
    expect(await keys()).toBe("");
    expect(await run("virsh get-user-sshkeys guest alice")).toBe("");
  });

  describe("freezes and thaws", () => {
    beforeAll(async () => {
      // Twenty looks: a writer that waits for its disk now and then does not stand still for so long.
      await machine.begin(`
        while :; do n=$((n + 1)); echo $n >/root/written; echo $n >/run/written; sleep 0.05; done &
        stands=0
        while sleep 0.1; do
          now=$(cat /run/written)
          if [ "$now" = "$before" ]; then stands=$((stands + 1)); else
            [ $stands -lt 20 ] || echo writer: goes on >/dev/ttyS0
            stands=0
          fi
          before=$now
          [ $stands -ne 20 ] || echo writer: stands still >/dev/ttyS0
        done`);
    });

    test.each(["virsh domfsfreeze guest", "virsh domfsfreeze guest --mountpoint /"])(
      "%s makes a writer stand still until the thaw",
      async (line) => {
        let mark = machine.console().length;
        expect(await run(line)).toBe("Froze 1 filesystem(s)");
        await machine.consoleSays("writer: stands still", mark);
        mark = machine.console().length;
        expect(await run("virsh domfsthaw guest")).toBe("Thawed 1 filesystem(s)");
        await machine.consoleSays("writer: goes on", mark);
      },
    );

    test("trims, and the image on the host becomes smaller", async () => {
      const bytes = () => statSync(machine.libvirt.file(diskFile)).blocks * blockBytes;
      await run("virsh domfstrim guest");
      const before = bytes();
      await machine.text("head -c 64M /dev/urandom >/root/ballast; sync");
      const full = bytes();
      expect(full - before).toBeGreaterThan(32 * mebibyte);
      await machine.text("rm /root/ballast; sync");
      await run("virsh domfstrim guest");
      expect(full - bytes()).toBeGreaterThan(32 * mebibyte);
    });

    test("takes a snapshot of a file system at rest, and the writer goes on", async () => {
      const features = async () => {
        const image = machine.libvirt.file(diskFile);
        return await mustRunTool([systemProgram("dumpe2fs"), "-h", image]);
      };
      // ext4 says so of itself from the mount on, but not while it is frozen.
      expect(await features()).toContain("needs_recovery");
      await run("virsh snapshot-create-as guest before-upgrade --disk-only --quiesce");
      expect(await features()).not.toContain("needs_recovery");
      await machine.text(
        "old=$(cat /run/written); while [ $(cat /run/written) = $old ]; do sleep 0.1; done",
      );
      const status = await machine.virsh("qemu-agent-command", "guest", frozenStatus);
      expect(status.stdout.trim()).toBe('{"return":"thawed"}');
    });
  });

  describe("gets along with an agent", () => {
    test("that stops and starts", async () => {
      await machine.onCable(`systemctl stop ${service}`, `systemctl start ${service}`);
      const mark = machine.events.mark();
      await machine.pullCable();
      await machine.events.agent("disconnected", mark);
      expect(await run(state)).toBe(' state="disconnected"');
      const { status, stderr } = await machine.virsh("domhostname", "guest", "--source", "agent");
      expect([status, stderr]).toEqual([1, expect.stringContaining("agent is not connected")]);
      await machine.plugCable();
      await machine.events.agent("connected", mark);
      expect(await run(state)).toBe(' state="connected"');
      expect(await run(hostName)).toBe("debian-under-test");
    });

    test("that starts anew", async () => {
      const mark = machine.events.mark();
      await machine.begin(`systemctl restart ${service}`);
      await machine.events.agent("connected", mark);
      expect(await run(hostName)).toBe("debian-under-test");
    });

    test("that is killed while libvirt waits for it", async () => {
      await machine.text(`touch ${deathFile}`);
      const mark = machine.events.mark();
      const { status, stderr } = await machine.virsh("domfsfreeze", "guest");
      expect([status, stderr]).toEqual([1, expect.stringContaining("agent disappeared")]);
      await machine.events.agent("disconnected", mark);
      await machine.events.agent("connected", mark);
      expect(await run("virsh domfsfreeze guest")).toBe("Froze 1 filesystem(s)");
      expect(await run("virsh domfsthaw guest")).toBe("Thawed 1 filesystem(s)");
    });

    test("that stands still, and answers late", async () => {
      await machine.onCable(`${signalAgent}=STOP`, `${signalAgent}=CONT`);
      await machine.pullCable();
      const late = await machine.virsh(...pingWithin("1"));
      expect([late.status, late.stderr]).toEqual([
        1,
        expect.stringContaining("not available for now"),
      ]);
      await machine.plugCable();
      expect(await run(hostName)).toBe("debian-under-test");
      expect(await run(ping)).toBe('{"return":{}}');
    });
  });

  describe("starts anew while the machine runs", () => {
    test.each(["TERM", "KILL"] as const)("after SIG%s", async (signal) => {
      await machine.restartDaemon(signal);
      expect(await run(state)).toBe(' state="connected"');
      expect(await run(hostName)).toBe("debian-under-test");
    });

    test("and passes over the reply to the one before", async () => {
      await machine.onCable(`${signalAgent}=STOP`, `${signalAgent}=CONT`);
      await machine.pullCable();
      expect((await machine.virsh(...pingWithin("1"))).status).toBe(1);
      await machine.restartDaemon("KILL");
      await machine.plugCable();
      expect(await run(hostName)).toBe("debian-under-test");
    });
  });

  test(
    "hears the same from Debian's qemu-ga in the same guest",
    async () => {
      await machine.isSettled();
      const ours = await played(machine);
      const hand = async (script: string) => {
        const mark = machine.events.mark();
        await machine.begin(script);
        await machine.events.agent("disconnected", mark);
        await machine.events.agent("connected", mark);
        return await machine.text(`readlink /proc/$(systemctl show -P MainPID ${service})/exe`);
      };
      const given = await hand("cp /usr/bin/guestwire /root/guestwire; guestwire uninstall");
      expect(given).toBe("/usr/sbin/qemu-ga\n");
      const theirs = await played(machine);
      const taken = await hand("/root/guestwire install --replace-qemu-ga");
      expect(taken).toBe("/usr/bin/guestwire\n");
      for (const [line, outcome] of theirs) {
        expect([line, ours.get(line)]).toEqual([line, meantOutcome(outcome)]);
      }
    },
    handOverTimeoutMs,
  );

  test("tells whoever listens that the agent comes and goes", async () => {
    const mark = machine.events.mark();
    const [told] = await Promise.all([
      run("virsh event guest --event agent-lifecycle --timeout 60"),
      machine.begin(`systemctl restart ${service}`),
    ]);
    expect(told).toMatch(/^event 'agent-lifecycle' for domain 'guest': state: '.*connected'/);
    await machine.events.agent("connected", mark);
  });

  test("shuts down by the agent", async () => {
    const mark = machine.events.mark();
    await run("virsh shutdown guest --mode agent");
    await machine.events.has("event 'lifecycle' for domain 'guest': Stopped", mark);
    expect((await machine.libvirt.mustVirsh("domstate", "guest", "--reason")).trim()).toBe(
      "shut off (shutdown)",
    );
  });

  test("the guide has no line beyond these", () => {
    expect(machine.guide.unused).toEqual([]);
  });
});

const frozenStatus = '{"execute": "guest-fsfreeze-status"}';

/** The seconds are a word of virsh's. */
function pingWithin(seconds: string): string[] {
  return ["qemu-agent-command", "guest", "--timeout", seconds, '{"execute": "guest-ping"}'];
}
