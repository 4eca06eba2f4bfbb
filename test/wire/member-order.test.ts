import { describe, expect, test } from "bun:test";
import { memberNamesCachedMax } from "../../src/wire/limits.ts";
import { inMemberOrder, memberBucket } from "../../src/wire/member-order.ts";
import { parsed, written } from "./written.ts";

/** Members as the schema has them, and as qemu-ga 7.2.22 wrote them. */
const shapes: [schema: string, reply: string][] = [
  ["class desc", "class desc"],
  ["count buf-b64 eof", "count buf-b64 eof"],
  ["position eof", "eof position"],
  [
    "exited exitcode signal out-data err-data out-truncated err-truncated",
    "exitcode err-data out-data err-truncated signal out-truncated exited",
  ],
  ["name enabled success-response", "enabled name success-response"],
  ["version supported_commands", "version supported_commands"],
  [
    "name hardware-address ip-addresses statistics",
    "name ip-addresses statistics hardware-address",
  ],
  ["ip-address ip-address-type prefix", "ip-address-type ip-address prefix"],
  [
    "rx-bytes rx-packets rx-errs rx-dropped tx-bytes tx-packets tx-errs tx-dropped",
    "tx-packets tx-errs rx-bytes rx-dropped rx-packets rx-errs tx-bytes tx-dropped",
  ],
  ["logical-id online can-offline", "online can-offline logical-id"],
  ["phys-index online can-offline", "online can-offline phys-index"],
  ["phys-index response error-code", "response error-code phys-index"],
  [
    "kernel-release kernel-version machine id name pretty-name version version-id variant variant-id",
    "name kernel-release version variant pretty-name version-id variant-id kernel-version machine id",
  ],
  ["user domain login-time", "login-time domain user"],
  ["zone offset", "zone offset"],
  [
    "name mountpoint type used-bytes total-bytes total-bytes-privileged disk",
    "name total-bytes total-bytes-privileged mountpoint disk used-bytes type",
  ],
  [
    "pci-controller bus-type bus target unit serial dev ccw-address",
    "ccw-address serial bus-type bus unit pci-controller dev target",
  ],
  ["domain bus slot function", "bus slot domain function"],
  ["path trimmed minimum error", "minimum path trimmed error"],
  ["load1m load5m load15m", "load15m load5m load1m"],
  [
    "name partition dependencies address alias smart",
    "name smart dependencies partition address alias",
  ],
];

describe.each(shapes)("%s", (schema, reply) => {
  test("has the order of qemu-ga", () => {
    expect(inMemberOrder(schema.split(" ")).join(" ")).toBe(reply);
  });

  test("is written in it, from an object and from a map", () => {
    const names = schema.split(" ");
    const expected = `{${reply.replaceAll(/\S+/g, '"$&": 1').replaceAll(' "', ', "')}}`;
    expect(written(Object.fromEntries(names.map((name) => [name, 1])))).toBe(expected);
    expect(written(new Map(names.map((name) => [name, 1])))).toBe(expected);
  });
});

test("names of one bucket: the latest first", () => {
  expect(memberBucket("k20")).toBe(memberBucket("k29"));
  expect(inMemberOrder(["k20", "k8", "k29", "k5", "k21"])).toEqual([
    "k5",
    "k21",
    "k29",
    "k20",
    "k8",
  ]);
});

test("a name counts as its modified UTF-8", () => {
  expect(written(parsed('{"b":1,"\\u0000":2,"é":3,"€uro":4,"":5,"\u{1f600}":6,"a":7}'))).toBe(
    '{"": 5, "\\u00E9": 3, "\\u0000": 2, "a": 7, "\\u20ACuro": 4, "b": 1, "\\uD83D\\uDE00": 6}',
  );
});

test("more names than are remembered keep their order", () => {
  const names = Array.from({ length: memberNamesCachedMax * 2 }, (_, index) => `name-${index}`);
  const buckets = inMemberOrder(names).map(memberBucket);
  expect(buckets).toEqual([...buckets].sort((left, right) => left - right));
  expect(new Set(buckets).size).toBeGreaterThan(1);
});

test("few names and many are put in the same order, those of one bucket too", () => {
  // Some pairs of these share a bucket.
  const names = Array.from({ length: 300 }, (_, index) => `k${index}`);
  const ordered = inMemberOrder(names);
  expect(new Set(names.map(memberBucket)).size).toBeLessThan(names.length);
  for (let count = 0; count <= 40; count++) {
    for (const from of [0, 20, 100, 250]) {
      const some = names.slice(from, from + count);
      expect(inMemberOrder(some)).toEqual(ordered.filter((name) => some.includes(name)));
    }
  }
});
