import { describe, expect, test } from "bun:test";
import { imageChecks } from "../../src/doctor/image/all.ts";
import { needsAgent, noAgent } from "../process/agent.ts";
import { makeExecutable, missingCompilers } from "./executables.ts";
import { Folder, furnish, guestFindings, imageFindings, type Places } from "./recorded-system.ts";
import { doctor, examination } from "./run-doctor.ts";

const hasCompilers = missingCompilers.length === 0;
const needsCompilers = hasCompilers ? "" : ` (needs ${missingCompilers.join(", ")})`;

const glibcLoader = "/lib64/ld-linux-x86-64.so.2";
const muslLoader = "/lib/ld-musl-x86_64.so.1";
const muslLibraries = ["libstdc++.so.6", "libgcc_s.so.1"];

/** Made once; `lazy`, since there may be no compiler. */
function lazy<T>(make: () => T): () => T {
  let made: { value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

const glibcBuild = lazy(() => makeExecutable({ loader: glibcLoader, libraries: ["libc.so.6"] }));
const muslBuild = lazy(() => makeExecutable({ loader: muslLoader, libraries: muslLibraries }));
const armBuild = lazy(() =>
  makeExecutable({ machine: "arm64", loader: "/lib/ld-linux-aarch64.so.1" }),
);
const otherAgent = lazy(() => makeExecutable({ loader: glibcLoader, isBuns: false }));
const shell = lazy(() => makeExecutable({ loader: null, isBuns: false }));

/** An image of Debian, with guestwire laid into it as a systemd service. */
const debian = (): Places => ({
  "/lib": { link: "usr/lib" },
  "/lib64": { link: "usr/lib64" },
  "/usr/lib64/ld-linux-x86-64.so.2": { link: "/usr/lib/x86_64-linux-gnu/ld.so" },
  "/usr/lib/x86_64-linux-gnu/ld.so": "",
  "/usr/lib/x86_64-linux-gnu/libc.so.6": "",
  "/usr/bin/dash": { text: shell(), mode: 0o755 },
  "/bin": { link: "/usr/bin" },
  "/usr/bin/sh": { link: "/usr/bin/dash" },
  "/usr/lib/systemd/systemd": "",
  "/usr/lib/udev/rules.d/60-serial.rules":
    'SUBSYSTEM=="virtio-ports", SYMLINK+="virtio-ports/$attr{name}"\n',
  "/usr/bin/guestwire": { text: glibcBuild(), mode: 0o755 },
  "/usr/lib/systemd/system/guestwire.service": "[Service]\nExecStart=/usr/bin/guestwire\n",
  "/etc/systemd/system/dev-virtio\\x2dports-org.qemu.guest_agent.0.device.wants/guestwire.service":
    {
      link: "/usr/lib/systemd/system/guestwire.service",
    },
});

/** An image of Alpine, with guestwire as a service of OpenRC. */
const alpine = (): Places => ({
  [muslLoader]: "",
  "/bin/busybox": { text: shell(), mode: 0o755 },
  "/bin/sh": { link: "/bin/busybox" },
  "/sbin/openrc-run": "",
  "/usr/bin/guestwire": { text: muslBuild(), mode: 0o755 },
  "/usr/lib/libstdc++.so.6": "",
  "/usr/lib/libgcc_s.so.1": "",
  "/etc/init.d/guestwire": '#!/sbin/openrc-run\ncommand="/usr/bin/guestwire"\n',
  "/etc/runlevels/default/guestwire": { link: "/etc/init.d/guestwire" },
});

const seenBy = (found: ReadonlyMap<string, { status: string; seen: string }>, id: string) => {
  const finding = found.get(id);
  return `${finding?.status}: ${finding?.seen}`;
};

describe.skipIf(!hasCompilers)(`an unpacked image${needsCompilers}`, () => {
  test.each([
    ["Debian", debian],
    ["Alpine", alpine],
  ] as const)("of %s with guestwire in it is in order", async (_, image) => {
    const found = await imageFindings(image());
    expect([...found.keys()]).toEqual(imageChecks.map(({ id }) => id));
    const isRoot = process.getuid?.() === 0;
    const bad = [...found.values()].filter(
      ({ id, status }) =>
        status === "failure" || (status === "warning" && (isRoot || id !== "executable")),
    );
    expect(bad).toEqual([]);
    expect(seenBy(found, "agent-service")).toMatch(/^ok: .*guestwire.*, started by \/etc\//);
    expect(seenBy(found, "libraries")).toStartWith("ok: ");
  });

  test("without guestwire", async () => {
    const found = await imageFindings(debian(), { "/usr/bin/guestwire": null });
    expect(seenBy(found, "executable")).toBe("failure: there is none");
    expect(seenBy(found, "machine")).toMatch(/^skipped: no guestwire was found/);
  });

  test("with an executable of which only a part was copied", async () => {
    const part: Places = {
      "/usr/bin/guestwire": { text: glibcBuild().slice(0, 4096), mode: 0o755 },
    };
    expect(seenBy(await imageFindings(debian(), part), "machine")).toMatch(/is cut off/);
  });

  test("of another machine", async () => {
    const arm: Places = { "/usr/bin/guestwire": { text: armBuild(), mode: 0o755 } };
    const found = await imageFindings(debian(), arm);
    expect(seenBy(found, "machine")).toBe(
      "failure: /usr/bin/guestwire is for aarch64, and the system is x86_64",
    );
  });

  test("of musl, with the glibc build in it", async () => {
    const wrong: Places = { "/usr/bin/guestwire": { text: glibcBuild(), mode: 0o755 } };
    const found = await imageFindings(alpine(), wrong);
    expect(seenBy(found, "machine")).toBe(
      `failure: /usr/bin/guestwire asks for ${glibcLoader}, which is not there; the system has musl`,
    );
    expect(found.get("machine")?.advice).toMatch(/x64-musl-baseline/);
  });

  test("of musl, without libstdc++", async () => {
    const found = await imageFindings(alpine(), { "/usr/lib/libstdc++.so.6": null });
    expect(seenBy(found, "libraries")).toBe(
      "failure: /usr/bin/guestwire cannot start without libstdc++.so.6, not found in /lib, /usr/local/lib, /usr/lib",
    );
    expect(found.get("libraries")?.advice).toMatch(/^apk add libstdc\+\+,/);
  });

  test("of musl, whose libraries are where its own list says", async () => {
    const found = await imageFindings(alpine(), {
      "/etc/ld-musl-x86_64.path": "/opt/lib\n/lib\n",
      "/usr/lib/libstdc++.so.6": null,
      "/opt/lib/libstdc++.so.6": "",
      "/usr/lib/libgcc_s.so.1": null,
      "/lib/libgcc_s.so.1": "",
    });
    expect(seenBy(found, "libraries")).toStartWith("ok: ");
  });

  test("what the builder has mounted at /proc and /run is not the image's", async () => {
    const builder: Places = {
      "/proc/800/cmdline": "/usr/bin/guestwire\0-p\0/dev/ttyS7\0",
      "/run/openrc/softlevel": "default\n",
    };
    const found = await imageFindings(debian(), builder);
    expect(seenBy(found, "config")).toMatch(/org\.qemu\.guest_agent\.0$/);
    expect(seenBy(found, "agent-service")).toMatch(/guestwire\.service/);
  });

  test("a running guest of musl is told the same", async () => {
    const found = await guestFindings(alpine(), { "/usr/lib/libgcc_s.so.1": null });
    expect(seenBy(found, "libraries")).toMatch(/^failure: .* without libgcc_s\.so\.1/);
  });

  test("with qemu-ga in it and its service on", async () => {
    const found = await imageFindings(debian(), {
      "/usr/sbin/qemu-ga": { text: otherAgent(), mode: 0o755 },
      "/usr/lib/systemd/system/qemu-guest-agent.service":
        "[Service]\nExecStart=-/usr/sbin/qemu-ga\n",
      "/etc/systemd/system/multi-user.target.wants/qemu-guest-agent.service": {
        link: "/usr/lib/systemd/system/qemu-guest-agent.service",
      },
    });
    expect(seenBy(found, "other-service")).toMatch(/^warning: /);
    expect(seenBy(found, "other-package")).toBe("info: /usr/sbin/qemu-ga is another agent");
  });

  test("with ours in the place of qemu-ga", async () => {
    const found = await imageFindings(debian(), {
      "/usr/bin/guestwire": null,
      "/usr/sbin/qemu-ga": { text: glibcBuild(), mode: 0o755 },
      "/usr/lib/systemd/system/guestwire.service": null,
      "/usr/lib/systemd/system/qemu-guest-agent.service":
        "[Service]\nExecStart=@/usr/sbin/qemu-ga qemu-ga\n",
      "/etc/systemd/system/multi-user.target.wants/qemu-guest-agent.service": { link: "../x" },
    });
    expect(seenBy(found, "executable")).toMatch(/: \/usr\/sbin\/qemu-ga/);
    expect(seenBy(found, "agent-service")).toMatch(/^ok: .*qemu-guest-agent\.service/);
    expect(seenBy(found, "other-service")).toBe("ok: none is installed");
  });

  test("an executable that cannot be executed, or that others can change", async () => {
    const mode = (bits: number): Places => ({
      "/usr/bin/guestwire": { text: glibcBuild(), mode: bits },
    });
    expect(seenBy(await imageFindings(debian(), mode(0o644)), "executable")).toBe(
      "failure: /usr/bin/guestwire has mode 0644",
    );
    expect(seenBy(await imageFindings(debian(), mode(0o777)), "executable")).toMatch(
      /^failure: others can write/,
    );
  });

  test("that boots with SELinux enforcing and has no labels", async () => {
    const enforcing: Places = { "/etc/selinux/config": "# comment\nSELINUX=enforcing\n" };
    expect(seenBy(await imageFindings(debian(), enforcing), "selinux-label")).toMatch(/^warning: /);
    const relabelled = await imageFindings(debian(), enforcing, { "/.autorelabel": "" });
    expect(seenBy(relabelled, "selinux-label")).toMatch(/^ok: /);
  });

  test("no link of the image leads to this machine's own files", async () => {
    const found = await imageFindings(debian(), {
      "/usr/bin/guestwire": null,
      "/usr/local/bin/guestwire": { link: "../../../../../../../../../../../../bin/sh" },
      "/usr/bin/sh": null,
      "/etc/qemu": { link: "/etc/qemu-of-the-host" },
      "/usr/sbin/qemu-ga": { link: "/usr/sbin/qemu-ga-of-the-host" },
    });
    expect(seenBy(found, "executable")).toBe("failure: there is none");
    expect(seenBy(found, "config")).toStartWith("ok: ");
    expect(seenBy(found, "other-package")).toBe("ok: it is not installed");
  });

  test.skipIf(noAgent)(`by the executable: --root and --binary${needsAgent}`, async () => {
    using folder = new Folder();
    furnish(folder.path, alpine(), { "/usr/lib/libstdc++.so.6": null });
    const { code, report, find } = await examination("--root", folder.path);
    expect(code).toBe(1);
    expect(report.subject).toEqual({ kind: "image", root: folder.path });
    expect(find("libraries").status).toBe("failure");
    const binary = `${folder.path}/made`;
    furnish(folder.path, { "/made": { text: armBuild(), mode: 0o755 } });
    const { stdout } = await doctor(["--root", folder.path, "--binary", binary]);
    expect(stdout).toContain("is for aarch64, and the system is x86_64");
  });
});

describe("what is no executable", () => {
  test.each([
    ["nothing in it", new Uint8Array(0)],
    ["a script", "#!/bin/sh\n"],
    ["a header that is cut off", Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1)],
    ["tables beyond its end", brokenHeader()],
  ])("%s", async (_, text) => {
    const found = await imageFindings({ "/usr/bin/guestwire": { text, mode: 0o755 } });
    expect(seenBy(found, "machine")).toMatch(/^failure: .* (is no executable|is cut off: .*)$/);
  });
});

/** A header whose tables are where no file has anything. */
function brokenHeader(): Uint8Array {
  const view = new DataView(new ArrayBuffer(64));
  view.setUint32(0, 0x7f454c46);
  view.setUint8(4, 2);
  view.setUint8(5, 1);
  view.setUint16(18, 62, true);
  for (const offset of [32, 40]) view.setBigUint64(offset, 2n ** 64n - 1n, true);
  for (const count of [54, 56, 58, 60, 62]) view.setUint16(count, 0xffff, true);
  return new Uint8Array(view.buffer);
}
