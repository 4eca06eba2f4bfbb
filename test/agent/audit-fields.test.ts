import { describe, expect, test } from "bun:test";
import { auditLineBytesMax } from "../../src/agent/audit-chain.ts";
import { AuditedFields, auditedCharsMax } from "../../src/agent/audit-fields.ts";
import { safeJson } from "../../src/agent/safe-json.ts";
import { schemaOf } from "../../src/commands/command.ts";
import { EndOfHandle, WrittenBytes } from "../../src/commands/evidence.ts";
import { allCommands } from "../../src/commands/registry.ts";
import { readArguments } from "../../src/commands/validation.ts";
import type { JsonObject } from "../../src/wire/json.ts";
import { parseText } from "../../src/wire/parser.ts";
import { argumentsText } from "../fuzz/arguments.ts";
import { Random } from "../fuzz/random.ts";

function sha256(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}

describe("AuditedFields", () => {
  test("adds up what is written through each handle, until that ends", () => {
    const fields = new AuditedFields();
    const write = (handle: bigint, text: string) =>
      fields.shown({ written: new WrittenBytes(handle, Buffer.from(text)) });
    const end = (handle: bigint) => fields.shown({ written: new EndOfHandle(handle) });
    expect(write(1n, "ab")).toEqual({ written: { bytes: 2, sha256: sha256("ab") } });
    write(2n, "x");
    expect(write(1n, "c")).toEqual({ written: { bytes: 1, sha256: sha256("c") } });
    expect(end(1n)).toEqual({ written: { bytes: 3, sha256: sha256("abc") } });
    expect(end(1n)).toEqual({});
    expect(end(2n)).toEqual({ written: { bytes: 1, sha256: sha256("x") } });
  });

  test("keeps integers exact, and leaves out what there is not", () => {
    expect(new AuditedFields().shown({ a: 7n, b: 2n ** 63n, c: undefined, d: null })).toEqual({
      a: 7,
      b: "9223372036854775808",
      d: null,
    });
  });

  test("has room for the end of a list behind a long text, and says what is cut", () => {
    const argv = ["x".repeat(auditedCharsMax), ...Array(300).fill("y")];
    const shown = new AuditedFields().shown({ argv, user: "root" });
    expect(shown).toMatchObject({ cut: { chars: 4096 + 45, entries: 45 }, user: "root" });
    expect((shown.argv as string[]).length).toBe(256);
  });
});

describe("what commands have the audit log keep", () => {
  const audited = allCommands().filter((command) => command.audited !== undefined);

  test.each(audited.map((command) => [command.name, command] as const))(
    "%s: whatever the arguments are, it is a bounded line",
    (_, command) => {
      const random = new Random(11);
      let validCount = 0;
      for (let attempt = 0; attempt < 300; attempt++) {
        const text = argumentsText(command, { handles: [], pids: [] }, random) ?? "{}";
        let args: unknown;
        try {
          const parsed = parseText(Buffer.from(text, "latin1")) as JsonObject;
          args = readArguments(schemaOf(command.args), parsed);
        } catch {
          // Commands are not asked about what is no arguments of theirs.
          continue;
        }
        validCount++;
        const evidence = command.audited?.(args as never, undefined);
        if (evidence === null || evidence === undefined) continue;
        const line = safeJson(new AuditedFields().shown(evidence.arguments ?? {}));
        expect(line.length).toBeLessThan(auditLineBytesMax / 2);
        new AuditedFields().shown(evidence.result ?? {});
      }
      expect(validCount).toBeGreaterThan(0);
    },
  );
});
