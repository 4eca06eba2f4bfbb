import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { recipes } from "../../src/install/recipes/all.ts";
import { shellQuote } from "../../src/install/recipes/shell-quote.ts";
import { runTool } from "../guest/tool.ts";
import { executable } from "./executable.ts";
import { fileOf, makeRoomForRoots, newFolder } from "./roots.ts";
import { recipe, runRecipe, scriptOf } from "./run-recipe.ts";

makeRoomForRoots();

const sum = "0123456789abcdef".repeat(4);
const url = "https://example.org/guestwire";

/** Everything that one of the languages in play gives a meaning to. */
const nasty = `it's "$(touch /tmp/pwned)" \`id\` $HOME \${x} $& $' %{y} {{z}} \\ # : - @URL@ @FETCH@ *`;

describe("quoting", () => {
  test("a shell takes a quoted text for one word, whatever is in it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const safe = text.replaceAll("\0", "").toWellFormed();
        const { stdout } = Bun.spawnSync(["sh", "-c", `printf %s ${shellQuote(safe)}`]);
        expect(stdout.toString()).toBe(safe);
      }),
      { numRuns: 100, examples: [[nasty]] },
    );
  });

  test.each(["path", "query"])("a URL's %s stays data in the script", async (part) => {
    const text = encodeURI(nasty).replaceAll("#", "%23");
    const urls = {
      path: `http://example.org/${text}`,
      query: `http://example.org/?${text}`,
    };
    const given = urls[part as keyof typeof urls];
    const script = scriptOf(await recipe("cloud-init", "--url", given, "--sha256", sum));
    const end = script.indexOf("\nfail()");
    const settings = `${script.slice(0, end)}\nprintf '%s\\n' "$sum" "$url" "$source"`;
    const { stdout } = await runTool(["sh", "-c", settings]);
    const { href, origin, pathname } = new URL(given);
    expect(stdout).toBe(`${sum}\n${href}\n${origin}${pathname}\n`);
  });
});

describe("guestwire cloud-init", () => {
  test("prints a cloud-config with one file, the script that provisions", async () => {
    const userData = await recipe("cloud-init", "--url", url, "--sha256", sum.toUpperCase());
    expect(userData).toStartWith("#cloud-config\n");
    expect(Bun.YAML.parse(userData)).toEqual({
      write_files: [
        {
          path: "/var/lib/cloud/scripts/per-instance/guestwire",
          permissions: "0755",
          content: expect.stringMatching(new RegExp(`^#!/bin/sh\\n[^]*\\nsum=${sum}\\n`)),
        },
      ],
    });
  });

  test("takes the sum of the executable that is given", async () => {
    const file = fileOf(executable("x86_64", null));
    const expected = new Bun.CryptoHasher("sha256")
      .update(executable("x86_64", null))
      .digest("hex");
    expect(await recipe("cloud-init", "--seed", "--binary", file)).toContain(`sum=${expected}\n`);
  });

  test("takes qemu-guest-agent's place only when asked to", async () => {
    const args = ["--seed", "--sha256", sum];
    expect(await recipe("cloud-init", ...args)).toContain('"$program" install || status');
    expect(await recipe("cloud-init", ...args, "--replace-qemu-ga")).toContain(
      '"$program" install --replace-qemu-ga || status',
    );
  });

  test("installs with a policy where a profile is named", async () => {
    const args = ["--seed", "--sha256", sum, "--profile"];
    expect(await recipe("cloud-init", ...args, "fs")).toContain(
      '"$program" install --profile fs || status',
    );
    expect(await recipe("cloud-init", ...args, "none")).toContain('"$program" install || status');
  });

  test("looks for FAT's upper-case labels, too", async () => {
    const userData = await recipe("cloud-init", "--label", "Seed", "--sha256", sum);
    expect(userData).toContain("for label in Seed SEED seed; do\n");
  });

  test.each([
    [[], "--url or --seed"],
    [["--url", url, "--seed"], "one place"],
    [["--url", "ftp://example.org/x"], "http or https"],
    [["--url", "http://me:secret@example.org/x"], "no user and password"],
    [["--url", "guestwire"], "http or https"],
    [["--url", "http://example.org/a\nb"], "without blanks"],
    [["--url", `http://example.org/${"x".repeat(3000)}`], "2048 characters"],
    [["--url", url, "--sha256", "abc"], "64 hexadecimal digits"],
    [["--url", url, "--sha256", `${sum}0`], "64 hexadecimal digits"],
    [["--url", url, "--sha256", sum, "--binary", "x"], "--sha256 or --binary"],
    [["--label", "a b"], "--label takes"],
    [["--label", "$(id)"], "--label takes"],
    [["--seed", "--binary", "it's"], "--binary takes a path"],
    [["--seed", "more"], "more"],
    [["--seed", "--profile", "root"], "--profile takes one of audit"],
  ])("%p is wrong use: %s", async (args, words) => {
    const { code, stdout, stderr } = await runRecipe("cloud-init", ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(words);
    expect(stderr).toContain("Usage: guestwire cloud-init");
  });

  test.each([
    ["/nowhere/guestwire", "ENOENT"],
    ["/etc/passwd", "is no executable"],
    ["/etc", "is no executable"],
  ])("%s is nothing to take the sum of", async (path, words) => {
    const { code, stdout, stderr } = await runRecipe("cloud-init", "--seed", "--binary", path);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(words);
  });
});

describe("guestwire snippet", () => {
  test("names every snippet", async () => {
    const list = await recipe("snippet");
    expect(list.trimEnd().split("\n").length).toBe(recipes.length);
    for (const { name, summary } of recipes) {
      expect(list).toMatch(new RegExp(`^${name} +`, "m"));
      expect(list).toContain(`  ${summary}
`);
    }
  });

  test("fills in the sum and the flags, and leaves no name between @", async () => {
    for (const { name } of recipes) {
      const text = await recipe(
        "snippet",
        name,
        "--sha256",
        sum,
        "--label",
        "x",
        "--replace-qemu-ga",
        "--profile=audit",
      );
      expect(text).not.toMatch(/@[A-Z0-9]+@/);
      if (name === "libvirt") continue;
      expect(text).toContain(sum);
      expect(text).toContain("--replace-qemu-ga --profile audit");
    }
  });

  test.each([
    [["nothing"], 'no snippet "nothing"; there is packer, '],
    [["packer", "mkosi"], "one name"],
    [["--sha256", sum], "the name of a snippet"],
    [["proxmox", "--sha256", sum], "give --url, or --label"],
  ])("%p is wrong use: %s", async (args, words) => {
    const { code, stdout, stderr } = await runRecipe("snippet", ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(words);
  });
});

const shellcheck = Bun.which("shellcheck");
test.skipIf(shellcheck === null)(
  "shellcheck has nothing to say of any script (needs shellcheck)",
  async () => {
    const folder = newFolder();
    const scripts = {
      download: scriptOf(await recipe("cloud-init", "--url", url, "--sha256", sum)),
      disk: scriptOf(await recipe("cloud-init", "--seed", "--sha256", sum)),
      proxmox: await recipe("snippet", "proxmox", "--url", url, "--sha256", sum),
      mkosi: await recipe("snippet", "mkosi", "--sha256", sum),
      "virt-customize": await recipe("snippet", "virt-customize", "--sha256", sum),
    };
    for (const [name, text] of Object.entries(scripts)) writeFileSync(join(folder, name), text);
    expect(await runTool(["shellcheck", ...Object.keys(scripts)], folder)).toEqual({
      status: 0,
      stdout: "",
      stderr: "",
    });
  },
);
