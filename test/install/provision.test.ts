/** The script that cloud-init runs, in a root of busybox with this machine's network. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Server } from "bun";
import { needs } from "../guest/requirements.ts";
import { makeRoomForRoots, touchesOf } from "./roots.ts";
import { recipe, scriptOf } from "./run-recipe.ts";
import { missingForRoots, runInRoot, smallRoot } from "./small-root.ts";

makeRoomForRoots();

const guestwire = resolve(import.meta.dirname, "../../dist/guestwire");
const downloaders = ["curl", "wget"];
const missing = missingForRoots(...downloaders);
if (!existsSync(guestwire)) missing.push(`${guestwire}, which "npm run build" makes`);

describe.skipIf(missing.length > 0)(`the provisioning script${needs(missing)}`, () => {
  let server: Server<undefined>;
  let requests = 0;
  beforeAll(() => {
    server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch(request) {
        requests++;
        const { pathname } = new URL(request.url);
        if (pathname.endsWith("guestwire")) return new Response(Bun.file(guestwire));
        return new Response("nothing", { status: pathname.endsWith("wrong") ? 200 : 404 });
      },
    });
  });
  afterAll(() => server.stop(true));

  async function script(path: string): Promise<string> {
    const url = `http://127.0.0.1:${server.port}/${path}?token=secret`;
    return scriptOf(await recipe("cloud-init", "--url", url, "--binary", guestwire));
  }

  test.each(downloaders)(
    "installs what it downloads by %s, and at the second run changes nothing and asks nobody",
    async (program) => {
      const root = await smallRoot(guestwire, program);
      const text = await script("it's$(touch%20/tmp/pwned)/guestwire");
      const first = await runInRoot(root, text);
      expect({ ...first, stdout: "" }).toEqual({ status: 0, stdout: "", stderr: "" });
      expect(readFileSync(`${root}/usr/bin/guestwire`)).toEqual(readFileSync(guestwire));
      expect(readdirSync(`${root}/var/lib/cloud`)).toEqual([]);
      expect(existsSync(`${root}/tmp/pwned`)).toBe(false);
      const asked = requests;
      const laid = touchesOf(`${root}/usr`);
      const second = await runInRoot(root, text);
      expect(second).toEqual({
        status: 0,
        stdout: "guestwire: installed already, nothing to do\n",
        stderr: "",
      });
      expect(touchesOf(`${root}/usr`)).toEqual(laid);
      expect(requests).toBe(asked);
    },
  );

  test.each([
    [
      "wrong",
      /^guestwire: the SHA-256 of http:\/\/127\.0\.0\.1:\d+\/wrong is [0-9a-f]{64}, not [0-9a-f]{64}; nothing was run or installed\n$/,
    ],
    [
      "missing",
      /^guestwire: cannot fetch http:\/\/127\.0\.0\.1:\d+\/missing: .*404.*; nothing was installed\n$/,
    ],
  ])("of a %s file says one line without secrets, and leaves nothing", async (path, line) => {
    const root = await smallRoot(guestwire, "curl");
    const before = touchesOf(`${root}/usr`);
    const { status, stdout, stderr } = await runInRoot(root, await script(path));
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(line);
    expect(stderr).not.toContain("secret");
    expect(touchesOf(`${root}/usr`)).toEqual(before);
    expect(readdirSync(`${root}/var/lib/cloud`)).toEqual([]);
  });

  test("says that there is nothing to download with", async () => {
    const root = await smallRoot(guestwire);
    const { status, stderr } = await runInRoot(root, await script("guestwire"));
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(
        /: there is no curl, no wget and no python3; nothing was installed\n$/,
      ),
    });
  });

  test("says that there is no disk of that label", async () => {
    const root = await smallRoot(guestwire);
    const text = scriptOf(
      await recipe("cloud-init", "--label", "no-such-disk", "--binary", guestwire),
    );
    expect(await runInRoot(root, text)).toEqual({
      status: 1,
      stdout: "",
      stderr: "guestwire: there is no disk with the label no-such-disk; nothing was installed\n",
    });
    expect(readdirSync(`${root}/var/lib/cloud`)).toEqual([]);
  });
});
