import { describe, expect, test } from "bun:test";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { profileNames } from "../../src/policy/profiles.ts";
import { startingFile } from "../../src/policy/starting-file.ts";
import { checkedUnit } from "./checked-unit.ts";
import { distributions, executableFor, lay, makeRoomForRoots, rootOf, treeOf } from "./roots.ts";
import { runInstall, runUninstall } from "./run.ts";

makeRoomForRoots();

const policyPath = "/etc/guestwire/policy.toml";
const unitPath = "/usr/lib/systemd/system/guestwire.service";

function install(root: string, ...args: readonly string[]) {
  return runInstall("--root", root, "--binary", executableFor("systemd"), ...args);
}

const text = (root: string, path: string) => readFileSync(root + path, "utf8");

describe("a profile", () => {
  test.each([...profileNames])("%s lays its policy, and goes again", async (profile) => {
    const root = rootOf(distributions.systemd);
    const before = treeOf(root);
    expect(await install(root, "--profile", profile)).toMatchObject({ code: 0, stderr: "" });
    expect(text(root, policyPath)).toBe(startingFile(profile));
    const isFree = profile === "unrestricted";
    expect(/^NoNewPrivileges=yes$/m.test(text(root, unitPath))).toBe(!isFree);
    expect(text(root, unitPath)).not.toMatch(/@[A-Z]+@/);
    await runUninstall("--root", root);
    expect(treeOf(root)).toEqual(before);
  });

  test("is kept by an installation that does not name one, and given up by none", async () => {
    const root = rootOf(distributions.systemd);
    await install(root);
    const plain = text(root, unitPath);
    await install(root, "--profile", "audit");
    const shutIn = text(root, unitPath);
    expect(shutIn).not.toBe(plain);
    expect((await install(root)).stdout).toStartWith("nothing to do");
    await install(root, "--profile", "fs");
    expect(text(root, policyPath)).toBe(startingFile("fs"));
    await install(root, "--profile", "none");
    expect(text(root, unitPath)).toBe(plain);
    expect(existsSync(root + policyPath)).toBe(false);
  });

  test("leaves a policy that was changed or was there before", async () => {
    const root = rootOf(distributions.systemd);
    await install(root, "--profile", "audit");
    appendFileSync(root + policyPath, "# changed\n");
    const again = await install(root, "--profile", "fs", "--force");
    expect(again.stderr).toContain(`keep ${policyPath}: it was changed since it was installed`);
    expect(text(root, policyPath)).toEndWith("# changed\n");
    const uninstalled = await runUninstall("--root", root);
    expect(uninstalled.stderr).toContain(`keep ${policyPath}`);

    const other = rootOf(distributions.systemd);
    lay(other, { [policyPath]: 'profile = "audit"\n' });
    expect((await install(other, "--profile", "fs")).stderr).toContain(
      `keep ${policyPath}, which was there before: it may not be of fs`,
    );
    expect(text(other, policyPath)).toBe('profile = "audit"\n');
    await runUninstall("--root", other);
    expect(text(other, policyPath)).toBe('profile = "audit"\n');
    expect((await install(other)).stderr).toContain("is there, and the agent will obey it");
  });

  test("has no sandbox but under systemd, and says so", async () => {
    const root = rootOf(distributions.openrc);
    const binary = executableFor("openrc");
    const outcome = await runInstall("--root", root, "--binary", binary, "--profile", "fs");
    expect(outcome.stderr).toContain("openrc has no sandbox: the policy alone holds");
    expect(text(root, policyPath)).toBe(startingFile("fs"));
  });

  test("that there is not is wrong use", async () => {
    const { code, stderr } = await install(rootOf(distributions.systemd), "--profile", "root");
    expect(code).toBe(2);
    expect(stderr).toContain("--profile takes one of audit, power, file-read");
  });
});

/** What the document says `systemd-analyze security` gives a unit; it may not be more. */
const documented = [
  ...readFileSync(join(import.meta.dirname, "../../docs/hardening.md"), "utf8").matchAll(
    /^\| `([a-z-]+)` \| ([\d.]+) \|/gm,
  ),
].map(([, profile = "", exposure]): [string, number] => [profile, Number(exposure)]);

test("every profile's exposure is documented", () => {
  expect(documented.map(([profile]) => profile)).toEqual([...profileNames]);
});

const missing = Bun.which("systemd-analyze") === null;
describe.skipIf(missing)("a unit with a sandbox (needs systemd)", () => {
  test.each(documented)(
    "for %s is understood, and exposes %d at the most",
    async (profile, most) => {
      const root = rootOf(distributions.systemd);
      await install(root, "--profile", profile);
      expect(checkedUnit(root, "guestwire.service")).toEqual([0, ""]);
      const { stdout } = Bun.spawnSync(
        ["systemd-analyze", "security", "--offline=yes", "--no-pager", root + unitPath],
        { env: { ...process.env, LC_ALL: "C" } },
      );
      const [, exposure] = /Overall exposure level for \S+: ([\d.]+)/.exec(stdout.toString()) ?? [];
      expect(Number(exposure)).toBeLessThanOrEqual(most);
      expect(Number(exposure)).toBeGreaterThan(0);
    },
  );
});
