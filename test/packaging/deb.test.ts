import { expect, test } from "bun:test";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { missingSystemPrograms, needs } from "../guest/requirements.ts";
import { output, run } from "./command.ts";
import { expectInstalled, installInto } from "./installation.ts";
import { missingPackagers, platform, releaseUnderTest } from "./release-under-test.ts";
import { filesBelow, scratchFolders } from "./scratch-folder.ts";

const programs = ["dpkg", "deb-systemd-helper", "readelf"];
const missing = [...missingPackagers, ...missingSystemPrograms(programs)];
const missingLintian = [...missingPackagers, ...missingSystemPrograms(["lintian"])];
const scratch = scratchFolders();
const installed = "install ok installed";
const config = "/etc/qemu/qemu-ga.conf";

if (missing.length === 0) releaseUnderTest();
const deb = () => releaseUnderTest().file(/\.deb$/);

/** A system in a folder, with the packages that dpkg puts there. */
class DebianSystem {
  readonly root = scratch("debian");
  readonly #database = join(this.root, "var/lib/dpkg");

  constructor() {
    for (const name of ["info", "updates", "triggers"]) {
      mkdirSync(join(this.#database, name), { recursive: true });
    }
    writeFileSync(join(this.#database, "status"), "");
  }

  /** The packages' scripts run here, and are told of the folder by DPKG_ROOT; what they depend on is not there. */
  dpkg(...args: string[]): string {
    const options = ["--force-not-root", "--force-script-chrootless", "--force-depends"];
    return output(["dpkg", `--root=${this.root}`, ...options, ...args]);
  }

  /** As `install ok installed`; empty for one that was never there. */
  status(name: string): string {
    const { stdout } = run(["dpkg-query", `--admindir=${this.#database}`, "--status", name]);
    return /^Status: (.*)$/m.exec(stdout)?.[1] ?? "";
  }

  /** All files but dpkg's own. */
  files(): string[] {
    return filesBelow(this.root).filter((path) => !path.startsWith("/var/lib/dpkg/"));
  }
}

test.skipIf(missing.length > 0)(
  `the Debian package lays down what guestwire install does${needs(missing)}`,
  async () => {
    const system = new DebianSystem();
    system.dpkg("--install", deb());
    expect(system.status("guestwire")).toBe(installed);
    const entries = installInto(scratch("installed"));
    await expectInstalled(system.root, entries);
    // With what deb-systemd-helper keeps of the unit, and without what is for every package.
    const paths = entries.map(({ path }) => path);
    const others = system.files().filter((path) => !paths.includes(path));
    const beside =
      /^\/(usr\/share\/(doc\/guestwire|lintian\/overrides|man\/man[18])|var\/lib\/systemd)\//;
    expect(others.filter((path) => !beside.test(path))).toEqual([]);
    expect(output(["dpkg", `--root=${system.root}`, "--verify", "guestwire"])).toBe("");
    const said = output([join(system.root, "usr/bin/guestwire"), "--version"]);
    expect(said).toContain(
      `guestwire ${output(["dpkg-deb", "-f", deb(), "Version"]).split("-")[0]} `,
    );
  },
);

test.skipIf(missing.length > 0)(
  `when removed it leaves the configuration, and nothing when purged${needs(missing)}`,
  () => {
    const system = new DebianSystem();
    system.dpkg("--install", deb());
    appendFileSync(system.root + config, "verbose=true\n");
    system.dpkg("--install", deb());
    expect(readFileSync(system.root + config, "utf8")).toEndWith("\nverbose=true\n");
    system.dpkg("--remove", "guestwire");
    expect(
      system.files().filter((path) => !path.startsWith("/var/") && !path.includes(".wants/")),
    ).toEqual([config]);
    system.dpkg("--purge", "guestwire");
    expect(system.files()).toEqual([]);
    expect(existsSync(join(system.root, "usr"))).toBe(false);
  },
);

test.skipIf(missing.length > 0)(
  `what an administrator has disabled stays so in an upgrade${needs(missing)}`,
  () => {
    const system = new DebianSystem();
    const links = () => system.files().filter((path) => path.includes(".wants/"));
    system.dpkg("--install", deb());
    const [link = ""] = links().filter((path) => path.startsWith("/etc/"));
    rmSync(system.root + link);
    system.dpkg("--install", deb());
    expect(existsSync(system.root + link)).toBe(false);
  },
);

test.skipIf(missing.length > 0)(
  `it takes the place of the qemu-guest-agent package${needs(missing)}`,
  () => {
    const folder = scratch("qemu-guest-agent");
    mkdirSync(join(folder, "DEBIAN"));
    const fields = ["Package: qemu-guest-agent", "Version: 1:7.2", "Architecture: all"];
    const rest = ["Maintainer: Nobody <nobody@localhost>", "Description: stands for the agent", ""];
    writeFileSync(join(folder, "DEBIAN/control"), [...fields, ...rest].join("\n"));
    const rival = join(scratch("rival"), "rival.deb");
    output(["dpkg-deb", "--build", folder, rival]);
    const system = new DebianSystem();
    system.dpkg("--install", rival);
    expect(system.status("qemu-guest-agent")).toBe(installed);
    system.dpkg("--auto-deconfigure", "--install", deb());
    expect(system.status("qemu-guest-agent")).not.toBe(installed);
    expect(system.status("guestwire")).toBe(installed);
  },
);

test.skipIf(missing.length > 0)(
  `it is not laid over what guestwire install has laid${needs(missing)}`,
  () => {
    const system = new DebianSystem();
    installInto(system.root);
    const before = system.files();
    expect(() => system.dpkg("--install", deb())).toThrow("guestwire uninstall");
    expect(system.files()).toEqual(before);
  },
);

test.skipIf(missing.length > 0)(
  `it is for this machine, and asks for the C library it needs${needs(missing)}`,
  () => {
    const field = (name: string) => output(["dpkg-deb", "-f", deb(), name]).trim();
    expect(field("Architecture")).toBe(platform.packages.debian);
    const executable = releaseUnderTest().file(/^guestwire-[^.]*$/);
    const versions =
      output(["readelf", "--version-info", executable]).match(/GLIBC_[0-9.]+/g) ?? [];
    const newest = versions
      .map((name) => name.slice("GLIBC_".length))
      .sort(Bun.semver.order)
      .at(-1);
    expect(field("Depends")).toBe(`libc6 (>= ${newest})`);
  },
);

test.skipIf(missingLintian.length > 0)(
  `lintian finds nothing in it${needs(missingLintian)}`,
  () => {
    const checked = run([
      "lintian",
      "--allow-root",
      "--fail-on=error,warning",
      "--tag-display-limit=0",
      deb(),
    ]);
    expect(checked.stdout).toBe("");
    expect(checked.exitCode).toBe(0);
  },
);
