/** What globs stand for. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { membersOf } from "../../../src/client/fleet/expand.ts";
import { readPattern } from "../../../src/client/fleet/pattern.ts";
import { TargetError } from "../../../src/client/targets/target.ts";
import { Scratch } from "../../process/scratch.ts";

const signal = new AbortController().signal;
const expanded = async (words: readonly string[], isAll = false) =>
  (await membersOf(words, { isAll, signal })).map(({ name }) => name);

describe("sockets", () => {
  const scratch = new Scratch();
  const servers: Server[] = [];
  const at = (name: string) => scratch.file(name);

  beforeAll(async () => {
    mkdirSync(at("sub"));
    writeFileSync(at("file.sock"), "");
    for (const name of ["web-2.sock", "web-10.sock", "db.sock", "[x].sock", "sub/web-1.sock"]) {
      const server = createServer();
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(at(name), resolve));
    }
  });

  afterAll(() => {
    for (const server of servers) server.close();
    scratch[Symbol.dispose]();
  });

  test.each<[string, readonly string[]]>([
    ["web-*.sock", ["web-2.sock", "web-10.sock"]],
    ["*.sock", ["[x].sock", "db.sock", "web-2.sock", "web-10.sock"]],
    ["web-?.sock", ["web-2.sock"]],
    ["[dw]*.sock", ["db.sock", "web-2.sock", "web-10.sock"]],
    ["*/*.sock", ["sub/web-1.sock"]],
    ["**/web*", ["sub/web-1.sock", "web-2.sock", "web-10.sock"]],
  ])("%s", async (glob, names) => {
    expect(await expanded([at(glob)])).toEqual(names.map(at));
  });

  test("a path that is there just so is one, and so is what is said to be one", async () => {
    expect(readPattern(at("[x].sock"))).toBeNull();
    expect(readPattern(`unix:${at("*.sock")}`)).toBeNull();
    expect(await expanded([at("[x].sock")])).toEqual([at("[x].sock")]);
    expect(await expanded([`unix:${at("*.sock")}`])).toEqual([`unix:${at("*.sock")}`]);
  });

  test("each is there once, in the order that they were asked for", async () => {
    const words = [at("web-10.sock"), at("web-*"), at("db.sock"), at("web-2.sock")];
    expect(await expanded(words)).toEqual(["web-10.sock", "web-2.sock", "db.sock"].map(at));
  });

  test("a glob of nothing is an error, beside others as well", async () => {
    for (const glob of ["file*", "nothing*", "nowhere/*"]) {
      const wanted = expanded([at("db.sock"), at(glob)]);
      await expect(wanted).rejects.toThrow(`"${at(glob)}" matches no socket`);
    }
  });
});

test.each(["vsock:*:1234", "proxmox:web*", "proxmox:../*", "ssh:host:/run/*.sock"])(
  "%s cannot be",
  (text) => {
    expect(() => readPattern(text)).toThrow(TargetError);
  },
);

test.each(["web", "/run/a.sock", "ssh:root@[::1]:/run/a.sock", "libvirt:qemu:///system?a=1/web"])(
  "%s stands for itself",
  (text) => {
    expect(readPattern(text)).toBeNull();
  },
);

test("machines of Proxmox VE are looked for by their numbers", () => {
  const glob = "/var/run/qemu-server/1[0-4]*.qga";
  expect(readPattern("proxmox:1[0-4]*")).toEqual({ kind: "machines", glob });
});

describe("domains", () => {
  const scratch = new Scratch();
  const path = process.env.PATH;
  const names = ["web-2", "web-10", "db", "!x", "{a}", "off", "a[1]"];
  const uri = "qemu+ssh://root@host/system?no_verify=1";

  beforeAll(() => {
    const virsh = join(import.meta.dirname, "../../process/fake-virsh.ts");
    const domains = names.map((name) => `${name}=/nonexistent`).join(":");
    const lines = [
      "#!/bin/sh",
      `FAKE_STOPPED=off FAKE_VIRSH_LOG=${scratch.file("log")} FAKE_DOMAINS='${domains}' \\`,
      `exec ${process.execPath} ${virsh} "$@"`,
    ];
    writeFileSync(scratch.file("virsh"), `${lines.join("\n")}\n`);
    chmodSync(scratch.file("virsh"), 0o755);
    process.env.PATH = `${scratch.path}:${path}`;
  });

  afterAll(() => {
    process.env.PATH = path;
    scratch[Symbol.dispose]();
  });

  test.each<[string, readonly string[]]>([
    ["libvirt:web-*", ["libvirt:web-2", "libvirt:web-10"]],
    ["web-?", ["libvirt:web-2"]],
    ["libvirt:!*", ["libvirt:!x"]],
    ["libvirt:{a}*", ["libvirt:{a}"]],
    ["libvirt:a[1]", ["libvirt:a[1]"]],
    [`libvirt:${uri}/d*`, [`libvirt:${uri}/db`]],
  ])("%s", async (glob, found) => {
    expect(await expanded([glob])).toEqual([...found]);
  });

  test("those that do not run are meant where it is said", async () => {
    await expect(expanded(["libvirt:o*"])).rejects.toThrow(
      '"libvirt:o*" matches no domain that runs',
    );
    expect(await expanded(["libvirt:o*"], true)).toEqual(["libvirt:off"]);
    await expect(expanded(["libvirt:y*"], true)).rejects.toThrow('"libvirt:y*" matches no domain');
  });

  test("that nobody has, and no virsh to ask, are told", async () => {
    await expect(expanded(["y*"])).rejects.toThrow(
      '"y*" matches no socket here and no domain of libvirt\'s',
    );
    const own = process.env.PATH;
    process.env.PATH = "/nonexistent";
    try {
      await expect(expanded(["y*"])).rejects.toThrow(
        '"y*" matches no socket here, and domains cannot be listed: Cannot run virsh: ENOENT',
      );
    } finally {
      process.env.PATH = own;
    }
  });
});
