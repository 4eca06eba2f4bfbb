import { expect, test } from "bun:test";
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { missingSystemPrograms, needs } from "../guest/requirements.ts";
import { output, run } from "./command.ts";
import { expectInstalled, installInto } from "./installation.ts";
import { missingPackagers, platform, releaseUnderTest } from "./release-under-test.ts";
import { filesBelow, scratchFolders } from "./scratch-folder.ts";

const missing = [
  ...missingPackagers,
  ...missingSystemPrograms(["rpm", "busybox"]),
  // rpm runs scripts in the package's root.
  ...(process.getuid?.() === 0 ? [] : ["root"]),
];
const missingRpmlint = [...missingPackagers, ...missingSystemPrograms(["rpmlint"])];
const scratch = scratchFolders();
const config = "/etc/qemu/qemu-ga.conf";
const calls = "/systemctl-calls";

if (missing.length === 0) releaseUnderTest();
const rpmFile = () => releaseUnderTest().file(/\.rpm$/);
/** One value of the package, by its tag. */
const tag = (name: string) => output(["rpm", "-qp", `--queryformat=%{${name}}`, rpmFile()]);

/** A system in a folder, with a shell for the packages' scripts and a systemctl that notes what it is told. */
class RpmSystem {
  readonly root = scratch("rpm");

  constructor() {
    for (const name of ["bin", "dev"]) mkdirSync(join(this.root, name));
    // Something to throw output away into.
    writeFileSync(join(this.root, "dev/null"), "");
    copyFileSync(Bun.which("busybox") as string, join(this.root, "bin/busybox"));
    symlinkSync("busybox", join(this.root, "bin/sh"));
    const program = join(this.root, "bin/systemctl");
    writeFileSync(program, `#!/bin/sh\necho "$@" >> ${calls}\n`);
    chmodSync(program, 0o755);
  }

  /** What packages depend on is not there. */
  rpm(...args: string[]): string {
    return output(["rpm", `--root=${this.root}`, "--dbpath=/rpmdb", "--nodeps", ...args]);
  }

  systemctlCalls(): string[] {
    return readFileSync(this.root + calls, "utf8")
      .trimEnd()
      .split("\n");
  }

  /** All files but rpm's own and what stands for the system. */
  files(): string[] {
    return filesBelow(this.root).filter((path) => !/^\/(rpmdb|bin|dev|systemctl-calls)/.test(path));
  }
}

test.skipIf(missing.length > 0)(
  `the RPM package lays down what guestwire install does${needs(missing)}`,
  async () => {
    const system = new RpmSystem();
    system.rpm("--install", rpmFile());
    const entries = installInto(scratch("installed"));
    // The link that enables the service is systemctl's to make.
    await expectInstalled(
      system.root,
      entries.filter(({ kind }) => kind === "file"),
    );
    expect(system.systemctlCalls()).toEqual(["--no-reload enable guestwire.service"]);
    const paths = entries.map(({ path }) => path);
    const others = system.files().filter((path) => !paths.includes(path));
    expect(
      others.filter(
        (path) =>
          !/^\/usr\/share\/((doc|licenses)\/guestwire\/|man\/man[18]\/guestwire)/.test(path),
      ),
    ).toEqual([]);
    expect(system.rpm("--verify", "guestwire")).toBe("");
    const said = output([join(system.root, "usr/bin/guestwire"), "--version"]);
    expect(said).toContain(`guestwire ${tag("VERSION")} `);
  },
);

test.skipIf(missing.length > 0)(
  `when removed it leaves nothing but a configuration that was changed${needs(missing)}`,
  () => {
    const system = new RpmSystem();
    system.rpm("--install", rpmFile());
    system.rpm("--erase", "guestwire");
    expect(system.files()).toEqual([]);
    expect(system.systemctlCalls()).toEqual([
      "--no-reload enable guestwire.service",
      "--no-reload disable guestwire.service",
    ]);
    system.rpm("--install", rpmFile());
    appendFileSync(system.root + config, "verbose=true\n");
    system.rpm("--upgrade", "--force", rpmFile());
    expect(readFileSync(system.root + config, "utf8")).toEndWith("\nverbose=true\n");
    system.rpm("--erase", "guestwire");
    expect(system.files()).toEqual([`${config}.rpmsave`]);
  },
);

test.skipIf(missing.length > 0)(
  `it is not laid over what guestwire install has laid${needs(missing)}`,
  () => {
    const system = new RpmSystem();
    installInto(system.root);
    const before = system.files();
    expect(() => system.rpm("--install", rpmFile())).toThrow("guestwire uninstall");
    expect(system.files()).toEqual(before);
  },
);

test.skipIf(missing.length > 0)(
  `it says what it is and what it is not for${needs(missing)}`,
  () => {
    expect(tag("ARCH")).toBe(platform.packages.fedora);
    expect(tag("BUILDHOST")).toBe("localhost");
    expect(tag("CONFLICTNAME")).toBe("qemu-guest-agent");
    const list = (option: string) => output(["rpm", "-qp", option, rpmFile()]).trim().split("\n");
    expect(list("--configfiles")).toEqual([config]);
    expect(list("--licensefiles")).toEqual(["/usr/share/licenses/guestwire/LICENSE"]);
    expect(list("--requires")).toContain("libc.so.6(GLIBC_2.17)(64bit)");
  },
);

test.skipIf(missingRpmlint.length > 0)(
  `rpmlint finds nothing in it${needs(missingRpmlint)}`,
  () => {
    const settings = join(import.meta.dirname, "../../packaging/rpm/rpmlint.toml");
    const checked = run(["rpmlint", "--config", settings, rpmFile()]);
    expect(checked.stdout).toContain(" 0 errors, 0 warnings");
    expect(checked.exitCode).toBe(0);
  },
);
