/** The musl build on Debian's musl: what it says without a C++ library, and that it serves with one. */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, linkSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { AgentConnection } from "../guest/agent-connection.ts";
import { guestExec } from "../guest/guest-exec.ts";
import { missingSystemPrograms, needs } from "../guest/requirements.ts";
import { runTool, systemProgram } from "../guest/tool.ts";
import { muslBuild } from "./builds.ts";
import { missingForMusl, missingForMuslLibrary, muslLibrary, muslLoader } from "./musl/library.ts";
import { untilListening } from "./until-listening.ts";

/** The first call builds the library. */
setDefaultTimeout(600_000);

const project = join(import.meta.dirname, "../..");
const missing = [...missingForMusl(), ...missingSystemPrograms(["busybox"])];

describe.skipIf(missing.length > 0)(`the musl build without libstdc++${needs(missing)}`, () => {
  test("is not started, and the loader names the library", async () => {
    const { status, stdout, stderr } = await runTool([await muslBuild(), "--version"]);
    expect([status, stdout]).toEqual([127, ""]);
    expect(stderr).toStartWith(
      "Error loading shared library libstdc++.so.6: No such file or directory",
    );
  });

  test("is what the doctor says of an image with it, and how to get the library", async () => {
    // In dist, for the image's executable to be a second name of the build.
    const root = mkdtempSync(join(project, "dist/musl-root-"));
    try {
      for (const folder of ["bin", "lib", "usr/bin", "usr/lib"]) {
        mkdirSync(join(root, folder), { recursive: true });
      }
      cpSync(muslLoader, join(root, muslLoader), { dereference: true });
      cpSync(systemProgram("busybox"), join(root, "bin/busybox"));
      linkSync(await muslBuild(), join(root, "usr/bin/guestwire"));
      const doctor = [join(project, "dist/guestwire"), "doctor", "--json", "--root", root];
      const before = findingOf(await runTool(doctor), "libraries");
      expect(before).toMatchObject({ status: "failure" });
      // libc is the loader itself, whatever its name: musl's dynlink.c.
      expect(before?.seen).toContain(" cannot start without libstdc++.so.6, not found in ");
      expect(before?.advice).toStartWith("apk add libstdc++");
      await Bun.write(join(root, "usr/lib/libstdc++.so.6"), "");
      expect(findingOf(await runTool(doctor), "libraries")).toMatchObject({ status: "ok" });
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

const missingToServe = [...new Set([...missing, ...missingForMuslLibrary()])];

describe.skipIf(missingToServe.length > 0)(`the musl build on musl${needs(missingToServe)}`, () => {
  const folder = mkdtempSync("/tmp/guestwire-musl-");
  afterAll(() => rmSync(folder, { recursive: true }));

  test("serves: files, programs, noise", async () => {
    const socket = join(folder, "socket");
    const child = Bun.spawn([await muslBuild(), "-m", "unix-listen", "-p", socket, "-t", folder], {
      env: { LD_LIBRARY_PATH: await muslLibrary() },
      stdio: ["ignore", "ignore", "inherit"],
    });
    try {
      await untilListening(socket, child);
      await using agent = await AgentConnection.connect(socket);
      await agent.send(Buffer.alloc(1_000_000, "{[%"));
      await agent.sync();
      const mapped = await Bun.file(`/proc/${child.pid}/maps`).text();
      expect(mapped).toContain(dirname(join(await muslLibrary(), "libstdc++.so.6")));
      expect(mapped).not.toMatch(/\/libc\.so\.6|\/ld-linux/);
      const result = await guestExec(agent, ["/bin/sh", "-c", "echo out; echo err >&2; exit 3"]);
      expect(result).toEqual({ status: 3, stdout: "out\n", stderr: "err\n" });
      const path = join(folder, "file");
      const handle = await agent.call("guest-file-open", { path, mode: "w" });
      await agent.call("guest-file-write", { handle, "buf-b64": "aGVsbG8=" });
      await agent.call("guest-file-close", { handle });
      expect(await Bun.file(path).text()).toBe("hello");
    } finally {
      child.kill();
      expect(await child.exited).toBe(0);
    }
  });
});

interface Finding {
  readonly id: string;
  readonly status: string;
  readonly seen: string;
  readonly advice: string;
}

function findingOf({ stdout }: { readonly stdout: string }, id: string): Finding | undefined {
  return (JSON.parse(stdout) as { findings: Finding[] }).findings.find((one) => one.id === id);
}
