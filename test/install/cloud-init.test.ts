/** Debian's cloud-init with our user-data, in a Debian that is not booted; test/guest boots one. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Server } from "bun";
import { cloudRoot, purge } from "../guest/cloud-init-root.ts";
import { missingForDebianRoot } from "../guest/debian-root.ts";
import { needs } from "../guest/requirements.ts";
import { type Boot, bootCloudInit, checkSchema, seed } from "./cloud-init-run.ts";
import { makeRoomForRoots, newFolder, touchesOf } from "./roots.ts";
import { recipe } from "./run-recipe.ts";

makeRoomForRoots();

const guestwire = resolve(import.meta.dirname, "../../dist/guestwire");
const missing = missingForDebianRoot();
if (!existsSync(guestwire)) missing.push(`${guestwire}, which "npm run build" makes`);

const rootMs = 600_000;
const scripts = "var/lib/cloud/scripts/per-instance";

describe.skipIf(missing.length > 0)(`cloud-init${needs(missing)}`, () => {
  let server: Server<undefined>;
  const askedBy: string[] = [];
  beforeAll(() => {
    server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch(request) {
        askedBy.push(request.headers.get("user-agent") ?? "");
        const isGood = new URL(request.url).pathname === "/guestwire";
        return new Response(isGood ? Bun.file(guestwire) : "#!/bin/sh\ntouch /pwned\n");
      },
    });
  });
  afterAll(() => server.stop(true));

  function order(path: string): string[] {
    const url = `http://127.0.0.1:${server.port}/${path}?token=secret`;
    return ["--url", url, "--binary", guestwire];
  }

  async function freshRoot(): Promise<string> {
    return cloudRoot(join(newFolder(), "root"));
  }

  function expectDone({ status, log }: Boot): void {
    expect({ log, code: status.status, text: status.stdout }).toEqual({
      log: expect.any(String),
      code: 0,
      text: expect.stringContaining("status: done"),
    });
  }

  test(
    "takes the user-data for valid, installs the agent once, and changes nothing later",
    async () => {
      const root = await freshRoot();
      await purge(root, "qemu-guest-agent");
      const userData = await recipe("cloud-init", ...order("guestwire"));
      const diskData = await recipe("cloud-init", "--seed", "--binary", guestwire);
      expect(await checkSchema(root, userData)).toMatchObject({ status: 0 });
      expect(await checkSchema(root, diskData)).toMatchObject({ status: 0 });
      const wrong = userData.replace("content:", "contents:");
      expect((await checkSchema(root, wrong)).status).toBe(1);

      seed(root, "vm-1", userData);
      expectDone(await bootCloudInit(root));
      expect(readFileSync(`${root}/usr/bin/guestwire`)).toEqual(readFileSync(guestwire));
      expect(readdirSync(join(root, scripts))).toEqual([]);
      const asked = askedBy.length;
      const laid = touchesOf(`${root}/usr/lib`);
      const { mtimeMs, ino } = await Bun.file(`${root}/usr/bin/guestwire`).stat();
      expectDone(await bootCloudInit(root));

      // A clone gets the user-data once more.
      seed(root, "vm-2", userData);
      const clone = await bootCloudInit(root);
      expectDone(clone);
      expect(clone.log).toContain("guestwire: installed already, nothing to do\n");
      expect(askedBy.length).toBe(asked);
      // Python leaves what it compiled.
      const later = [...touchesOf(`${root}/usr/lib`)].filter(
        ([path]) => laid.has(path) && path.includes("guestwire"),
      );
      expect(later).toEqual([...laid].filter(([path]) => path.includes("guestwire")));
      expect(await Bun.file(`${root}/usr/bin/guestwire`).stat()).toMatchObject({ mtimeMs, ino });
      expect(readdirSync(join(root, scripts))).toEqual([]);
    },
    rootMs,
  );

  test(
    "tells of a wrong sum by its status and in one line of the log, be it user-data or vendor data",
    async () => {
      const root = await freshRoot();
      const userData = await recipe("cloud-init", ...order("other"));
      seed(root, "vm-1", userData, await recipe("snippet", "proxmox", ...order("other")));
      const { status, log } = await bootCloudInit(root);
      expect(status.status).toBe(1);
      expect(status.stdout).toContain("status: error");
      expect(status.stdout).toMatch(/scripts.vendor.*1 failures/);
      expect(status.stdout).toMatch(/scripts.per.instance.*1 failures \(guestwire\)/);
      const lines = log.split("\n").filter((line) => line.startsWith("guestwire: "));
      expect(lines.length).toBe(2);
      for (const line of lines) {
        expect(line).toMatch(/SHA-256 of http:\S+\/other is .*; nothing was run or installed$/);
      }
      expect(`${status.stdout}${log}`).not.toContain("secret");
      expect(existsSync(`${root}/usr/bin/guestwire`)).toBe(false);
      expect(existsSync(`${root}/pwned`)).toBe(false);
    },
    rootMs,
  );

  test(
    "takes vendor data and downloads with its own Python where there is nothing else",
    async () => {
      const root = await freshRoot();
      await purge(root, "curl");
      const vendorData = await recipe(
        "snippet",
        "proxmox",
        ...order("guestwire"),
        "--replace-qemu-ga",
      );
      seed(root, "vm-1", "#cloud-config\nruncmd: [touch /somebodys]\n", vendorData);
      expectDone(await bootCloudInit(root));
      expect(askedBy.at(-1)).toContain("Python-urllib");
      expect(readlinkSync(`${root}/usr/sbin/qemu-ga`)).toBe("../bin/guestwire");
      expect(existsSync(`${root}/somebodys`)).toBe(true);
    },
    rootMs,
  );
});
