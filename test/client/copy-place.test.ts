/** What SOURCE and DESTINATION of cp mean, and what guests may call their files. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { bytesOfPath, pathOfBytes } from "../../native/path-bytes.ts";
import { baseName, folderOf, isName, nameOf, readPlace } from "../../src/client/copy/place.ts";
import { TargetError } from "../../src/client/targets/target.ts";

const environment = { GUESTWIRE_TARGET: "/run/env.sock" };

test.each([
  ["web:/x", "web", "/x"],
  ["web:/", "web", "/"],
  ["web:/a b/c:d", "web", "/a b/c:d"],
  ["100:/x", "100", "/x"],
  ["vsock:3:9:/x", "vsock:3:9", "/x"],
  ["libvirt:qemu:///system/web:/x", "libvirt:qemu:///system/web", "/x"],
  [
    "libvirt:qemu+ssh://root@host/system/web:/etc",
    "libvirt:qemu+ssh://root@host/system/web",
    "/etc",
  ],
  ["ssh:root@host:2222:/run/qga.sock:/x", "ssh:root@host:2222:/run/qga.sock", "/x"],
  ["/run/qga.sock:/x", "/run/qga.sock", "/x"],
  ["unix:./qga.sock:/x", "unix:./qga.sock", "/x"],
  ["-:/x", "-", "/x"],
  // What stands before the last one is no target.
  ["web:/\udcff:/x", "web", "/\udcff:/x"],
  ["vsock:3:9:/vsock:/x", "vsock:3:9", "/vsock:/x"],
])("%j is in a guest", (text, targetText, path) => {
  expect(readPlace(text, environment)).toMatchObject({ kind: "guest", targetText, path });
});

test.each([
  "x",
  "/x",
  ".",
  "..",
  "./web:/x",
  "../web:/x",
  "./run/qga.sock:/x",
  "web:x",
  "web:",
  ":/x",
  "99:/x",
  "vsock:3:/x",
  "ssh:host:/x",
])("%j is a path here", (text) => {
  expect(readPlace(text, environment)).toEqual({ kind: "host", path: text });
});

test("an empty one is none, and - needs an environment", () => {
  expect(() => readPlace("", environment)).toThrow(TargetError);
  expect(readPlace("-:/x", {})).toEqual({ kind: "host", path: "-:/x" });
});

const target = fc.constantFrom(
  "web",
  "100",
  "vsock:3:9",
  "libvirt:qemu:///system/a:b",
  "/run/s",
  "-",
);

test("every path without a colon comes back from behind every target", () => {
  const path = fc.string({ unit: "binary" }).map((text) => `/${text.replaceAll(/[:\0]/g, "_")}`);
  fc.assert(
    fc.property(target, path, (targetText, given) => {
      const place = readPlace(`${targetText}:${given}`, environment);
      expect(place).toMatchObject({ kind: "guest", targetText, path: given });
    }),
  );
});

test("what begins with ./ is never in a guest", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(readPlace(`./${text}`, environment)).toEqual({ kind: "host", path: `./${text}` });
    }),
  );
});

describe("names", () => {
  test("of any bytes come back as they were, unless they lead elsewhere", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 255 }), (bytes) => {
        const name = nameOf(bytes);
        const leadsElsewhere =
          bytes.includes(0x2f) ||
          bytes.includes(0) ||
          /^\.\.?$/.test(Buffer.from(bytes).toString());
        expect(name === null).toBe(leadsElsewhere);
        if (name !== null) expect(Buffer.from(bytesOfPath(name))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  test.each(["", ".", "..", "/", "a/b", "../x", "a\0b"])("%j is none", (name) => {
    expect(isName(name)).toBe(false);
    expect(nameOf(Buffer.from(name))).toBeNull();
  });

  test("that are no UTF-8 stay apart", () => {
    expect(pathOfBytes(Uint8Array.of(0xff))).not.toBe(pathOfBytes(Uint8Array.of(0xfe)));
  });

  test.each([
    ["/a/b", "b", "/a"],
    ["/a/b//", "b", "/a"],
    ["/a", "a", "/"],
    ["/", "", "/"],
  ])("the parts of %s", (path, name, folder) => {
    expect([baseName(path), folderOf(path)]).toEqual([name, folder]);
  });
});
