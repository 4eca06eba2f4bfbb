/** Whatever stands in the kernel's files, hosts get an answer as the schema says, or an error. */
import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import fc from "fast-check";
import * as v from "valibot";
import { SysError } from "../../native/errno.ts";
import type { CommandContext } from "../../src/commands/context.ts";
import { GuestError } from "../../src/commands/guest-error.ts";
import { type CommandName, commandNamed } from "../../src/commands/registry.ts";
import { ReplyBuffer, type ReplyValue } from "../../src/wire/reply.ts";
import { systemRoots } from "../linux/system-root.ts";

/** Raise for a long run. */
const runs = Number(process.env.FUZZ_RUNS ?? 300);
const timeoutMs = 600_000;

const rootWith = systemRoots();

/** A line as the kernel writes it, for changes to start from. */
const files: readonly [path: string, name: CommandName, usual: string][] = [
  ["/proc/diskstats", "guest-get-diskstats", " 8 8 sda8 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"],
  ["/proc/stat", "guest-get-cpustats", "cpu0 8547 1 1336 50099 16 3 7 5 4 2\nintr 1\n"],
  ["/proc/loadavg", "guest-get-load", "0.02 12.50 9.00 1/90 7431\n"],
  [
    "/proc/net/route",
    "guest-network-get-route",
    "Iface\neth0\t000200C0\t00000000\t0001\t2\t3\t100\t00FFFFFF\t1400\t5\t6\n",
  ],
  [
    "/proc/net/ipv6_route",
    "guest-network-get-route",
    `${"20".repeat(16)} 20 ${"30".repeat(16)} 30 ${"fe".repeat(16)} 00000400 00000001 0000000a 00000003 eth0\n`,
  ],
  [
    "/proc/net/dev",
    "guest-network-get-interfaces",
    "Inter\n face\n  lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n",
  ],
  ["/var/run/utmp", "guest-get-users", "\x07\0\0\0".repeat(96)],
  [
    "/run/systemd/sessions/1",
    "guest-get-users",
    "USER=ada\nCLASS=user\nSTATE=active\nREALTIME=1700000009000000\n",
  ],
  ["/sys/devices/system/cpu/cpu0/online", "guest-get-vcpus", "1\n"],
  ["/sys/devices/system/memory/memory0/state", "guest-get-memory-blocks", "online\n"],
  ["/sys/devices/system/memory/memory0/removable", "guest-get-memory-blocks", "1\n"],
  ["/sys/devices/system/memory/block_size_bytes", "guest-get-memory-block-info", "8000000\n"],
];

const inserted = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom("\n", " ", "\t", "\0", "-1", "0x", "1e999", "NaN", "f".repeat(32)),
  fc.constantFrom("9223372036854775808", "18446744073709551615", "9".repeat(30)),
);

function changed(usual: string): fc.Arbitrary<Buffer> {
  const change = fc.record({ at: fc.nat(usual.length), gone: fc.nat(20), inserted });
  return fc.array(change, { maxLength: 4 }).map((changes) => {
    const text = changes.reduce(
      (before, { at, gone, inserted }) => before.slice(0, at) + inserted + before.slice(at + gone),
      usual,
    );
    return Buffer.from(text);
  });
}

const wordMin = -(2n ** 63n);
const wordMax = 2n ** 64n - 1n;

describe("odd contents", () => {
  for (const [path, name, usual] of files) {
    test(
      `of ${path}`,
      () => {
        const root = rootWith({ [path]: "" });
        const context = { root } as CommandContext;
        const contents = fc.oneof(changed(usual), fc.uint8Array({ maxLength: 2000 }));
        fc.assert(
          fc.property(contents, (bytes) => {
            writeFileSync(root + path, bytes);
            const answer = answerOf(name, context);
            if (answer !== null) expectAnswer(name, answer);
          }),
          { numRuns: runs, seed: 1 },
        );
      },
      timeoutMs,
    );
  }
});

function answerOf(name: CommandName, context: CommandContext): unknown {
  try {
    return commandNamed(name)?.run({}, context);
  } catch (error) {
    if (error instanceof GuestError || error instanceof SysError) return null;
    throw error;
  }
}

function expectAnswer(name: CommandName, answer: unknown): void {
  const schema = commandNamed(name)?.returns?.() as v.GenericSchema;
  expect(v.safeParse(schema, answer).issues).toBeUndefined();
  const reply = new ReplyBuffer();
  reply.writeReturn(answer as ReplyValue, undefined, false);
  const text = Buffer.from(reply.next()).toString();
  expect(() => JSON.parse(text)).not.toThrow();
  const integers = [...text.matchAll(/": (-?\d+)[,}]/g)].map(([, digits = ""]) => BigInt(digits));
  expect(integers.filter((integer) => integer < wordMin || integer > wordMax)).toEqual([]);
}
