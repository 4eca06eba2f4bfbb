import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  _IO,
  _IOR,
  _IOW,
  _IOWR,
  bytes,
  constantDeclaration,
  constants,
  hostArch,
  pad,
  struct,
} from "../../native/layout.ts";
import { EpollEvent, FsIoctl, OpenFlag, SockaddrUn } from "../../native/structs.ts";

const Mixed = struct("struct mixed", [], {
  a: "u8",
  b: "i16",
  c: "u32",
  d: "i8",
  e: "i64",
  name: bytes(5),
  _hole: pad(2),
  f: "u16",
  g: "u64",
  h: "i32",
});

test("fields are aligned as C aligns them and the size is rounded up", () => {
  expect(Mixed.layoutOn("x64")).toEqual({
    offsets: { a: 0, b: 2, c: 4, d: 8, e: 16, name: 24, _hole: 29, f: 32, g: 40, h: 48 },
    sizeBytes: 56,
  });
  expect(Mixed.offsetOf("g")).toBe(40);
  expect(Mixed.sizeBytes).toBe(56);
});

test("a struct can be packed on one architecture and not on the other", () => {
  expect(EpollEvent.layoutOn("x64")).toEqual({ offsets: { events: 0, data: 4 }, sizeBytes: 12 });
  expect(EpollEvent.layoutOn("arm64")).toEqual({ offsets: { events: 0, data: 8 }, sizeBytes: 16 });
});

test("a constant can differ between the architectures", () => {
  const spec = constantDeclaration(OpenFlag)?.spec;
  expect(spec?.O_DIRECTORY).toEqual({ x64: 0o200000, arm64: 0o40000 });
  expect(OpenFlag.O_DIRECTORY).toBe(hostArch === "x64" ? 0o200000 : 0o40000);
  const table = constants(["x.h"], { SAME: 7 }, { DIFFERENT: { x64: 1, arm64: 2 } });
  expect(table).toEqual({ SAME: 7, DIFFERENT: hostArch === "x64" ? 1 : 2 });
});

test("a field can have another size on each architecture", () => {
  const perArch = struct("struct x", ["x.h"], {
    before: "i16",
    time: { x64: "i32", arm64: "i64" },
    after: "u8",
  });
  expect(perArch.layoutOn("x64")).toEqual({
    offsets: { before: 0, time: 4, after: 8 },
    sizeBytes: 12,
  });
  expect(perArch.layoutOn("arm64")).toEqual({
    offsets: { before: 0, time: 8, after: 16 },
    sizeBytes: 24,
  });
  const { time, after } = perArch.read(perArch.make({ time: -2, after: 3 }));
  expect([Number(time), after]).toEqual([-2, 3]);
});

test("what is written is read back, at any place in the memory, and nothing else is touched", () => {
  const values = fc.record({
    a: fc.integer({ min: 0, max: 255 }),
    b: fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 }),
    c: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    d: fc.integer({ min: -128, max: 127 }),
    e: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    name: fc.uint8Array({ minLength: 5, maxLength: 5 }),
    f: fc.integer({ min: 0, max: 2 ** 16 - 1 }),
    g: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    h: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  });
  fc.assert(
    fc.property(values, fc.integer({ min: 0, max: 9 }), (given, at) => {
      const filler = 0xa5;
      const around = new Uint8Array(at + Mixed.sizeBytes + 9).fill(filler);
      // A view into a larger buffer: its own offset has to be reckoned with.
      const memory = around.subarray(1);
      Mixed.write(memory, given, at);
      expect(Mixed.read(memory, at)).toEqual(given);
      const hole = at + Mixed.offsetOf("name") + 5;
      expect([...memory.subarray(hole, hole + 2)]).toEqual([filler, filler]);
      expect(memory.subarray(0, at).every((byte) => byte === filler)).toBe(true);
      expect(memory.subarray(at + Mixed.sizeBytes).every((byte) => byte === filler)).toBe(true);
    }),
  );
});

test("make is all zero but for what is given", () => {
  const memory = Mixed.make({ c: 0x01020304 });
  const expected = new Uint8Array(Mixed.sizeBytes);
  expected.set([4, 3, 2, 1], 4);
  expect(memory).toEqual(expected);
});

test("bytes are read as a copy", () => {
  const memory = Mixed.make({ name: new Uint8Array([1, 2, 3, 4, 5]) });
  const { name } = Mixed.read(memory);
  memory.fill(0);
  expect([...name]).toEqual([1, 2, 3, 4, 5]);
});

test("a byte array is filled up with zeros and never overrun", () => {
  const memory = Mixed.make({ name: new Uint8Array([1, 2, 3, 4, 5]) });
  Mixed.write(memory, { name: new Uint8Array([9]) });
  expect([...Mixed.read(memory).name]).toEqual([9, 0, 0, 0, 0]);
  expect(() => Mixed.write(memory, { name: new Uint8Array(6) })).toThrow(
    "struct mixed.name holds 5 bytes: 6",
  );
  expect(() => SockaddrUn.make({ sun_path: new Uint8Array(109) })).toThrow(RangeError);
});

test("a declaration that does not fit its own size is refused", () => {
  const tooSmall = struct("struct s", [], { a: "u64", b: "u8" }, { sizeBytes: 8 });
  expect(() => tooSmall.make()).toThrow("struct s: fields end at 9, past its size");
});

test("a field that is not declared cannot be written", () => {
  const values = { nosuch: 1 } as unknown as { a: number };
  expect(() => Mixed.make(values)).toThrow('struct mixed has no field "nosuch"');
});

test("ioctl numbers are composed as the kernel composes them", () => {
  expect(FsIoctl.FIFREEZE).toBe(0xc0045877);
  expect(FsIoctl.FITHAW).toBe(0xc0045878);
  expect(FsIoctl.FITRIM).toBe(0xc0185879);
  // BLKRRPART and BLKGETSIZE64 of <linux/fs.h>, TIOCSPTLCK of <asm/ioctls.h>.
  expect(_IO("\x12", 95)).toBe(0x125f);
  expect(_IOR("\x12", 114, 8)).toBe(0x80081272);
  expect(_IOW("T", 0x31, 4)).toBe(0x40045431);
  expect(_IOWR("X", 119, 4)).toBe(0xc0045877);
});
