import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { base64, bool, int64, intOrOneOf, oneOf, str, uint64 } from "../../src/commands/qapi.ts";
import { readArguments } from "../../src/commands/validation.ts";
import type { JsonObject } from "../../src/wire/json.ts";
import { parseText } from "../../src/wire/parser.ts";

function read<const Schema extends v.GenericSchema>(schema: Schema, text: string) {
  return readArguments(schema, parseText(new TextEncoder().encode(text)) as JsonObject);
}

/** The desc that arguments are refused with. */
function refusal(schema: v.GenericSchema, text: string): string {
  try {
    read(schema, text);
  } catch (error) {
    return (error as Error).message;
  }
  return "accepted";
}

const one = (member: v.GenericSchema) => v.strictObject({ x: member });

describe("int", () => {
  test.each([
    ["0", 0n],
    ["-0", 0n],
    ["9007199254740993", 9007199254740993n],
    ["9223372036854775807", 9223372036854775807n],
    ["-9223372036854775808", -9223372036854775808n],
  ])("%s is exact", (text, value) => {
    expect(read(one(int64()), `{"x":${text}}`)).toEqual({ x: value });
  });

  test.each([
    "9223372036854775808",
    "-9223372036854775809",
    "1.0",
    "1e3",
    '"1"',
    "null",
    "true",
    "[]",
    "{}",
  ])("%s is none", (text) => {
    expect(refusal(one(int64()), `{"x":${text}}`)).toBe(
      "Invalid parameter type for 'x', expected: integer",
    );
  });
});

describe("uint64", () => {
  test("goes to 2^64-1, and a negative one wraps", () => {
    expect(read(one(uint64()), '{"x":18446744073709551615}')).toEqual({ x: 2n ** 64n - 1n });
    expect(read(one(uint64()), '{"x":-1}')).toEqual({ x: 2n ** 64n - 1n });
  });

  test("has its own words for what it is not", () => {
    expect(refusal(one(uint64()), '{"x":1.5}')).toBe("Parameter 'x' expects uint64");
    expect(refusal(one(uint64()), '{"x":"1"}')).toBe("Parameter 'x' expects uint64");
  });
});

describe("str, bool, enum", () => {
  test("a string is one however long it is", () => {
    const long = "a".repeat(100_000);
    expect(read(one(str()), `{"x":"${long}"}`)).toEqual({ x: long });
    expect(refusal(one(str()), '{"x":1}')).toBe("Invalid parameter type for 'x', expected: string");
  });

  test("0 and 1 are no booleans", () => {
    expect(read(one(bool()), '{"x":false}')).toEqual({ x: false });
    expect(refusal(one(bool()), '{"x":1}')).toBe(
      "Invalid parameter type for 'x', expected: boolean",
    );
  });

  test("an enum takes its words", () => {
    expect(read(one(oneOf(["a", "b"])), '{"x":"b"}')).toEqual({ x: "b" });
    expect(refusal(one(oneOf(["a"])), '{"x":"c"}')).toBe("Parameter 'x' does not accept value 'c'");
    expect(refusal(one(oneOf(["a"])), '{"x":1}')).toBe(
      "Invalid parameter type for 'x', expected: string",
    );
  });
});

describe("an alternate of int and enum", () => {
  const whence = one(intOrOneOf("GuestFileWhence", ["set", "cur", "end"]));

  test("takes either", () => {
    expect(read(whence, '{"x":2}')).toEqual({ x: 2n });
    expect(read(whence, '{"x":"cur"}')).toEqual({ x: "cur" });
  });

  test.each([
    ['"middle"', "Parameter 'x' does not accept value 'middle'"],
    ["1.5", "Invalid parameter type for 'x', expected: integer"],
    ["true", "Invalid parameter type for 'x', expected: GuestFileWhence"],
    ["null", "Invalid parameter type for 'x', expected: GuestFileWhence"],
    ["[]", "Invalid parameter type for 'x', expected: GuestFileWhence"],
    ["{}", "Invalid parameter type for 'x', expected: GuestFileWhence"],
  ])("%s: %s", (text, desc) => {
    expect(refusal(whence, `{"x":${text}}`)).toBe(desc);
  });
});

describe("members", () => {
  const schema = v.strictObject({ a: int64(), b: v.exactOptional(str()), c: int64() });

  test("the first problem in schema order is told", () => {
    expect(refusal(schema, '{"c":"x","a":"y"}')).toBe(
      "Invalid parameter type for 'a', expected: integer",
    );
    expect(refusal(schema, '{"zz":1,"c":"x"}')).toBe("Parameter 'a' is missing");
  });

  test("an unknown member is told after all known ones", () => {
    expect(refusal(schema, '{"zz":1,"a":1,"c":"x"}')).toBe(
      "Invalid parameter type for 'c', expected: integer",
    );
    expect(refusal(schema, '{"zz":1,"a":1,"c":2}')).toBe("Parameter 'zz' is unexpected");
  });

  test.each(["__proto__", "toString", "constructor", "hasOwnProperty"])(
    "%s is a member like any other",
    (name) => {
      expect(refusal(schema, `{"${name}":1,"a":1,"c":2}`)).toBe(
        `Parameter '${name}' is unexpected`,
      );
    },
  );

  test("null is no way to leave out an optional one", () => {
    expect(refusal(schema, '{"a":1,"b":null,"c":2}')).toBe(
      "Invalid parameter type for 'b', expected: string",
    );
  });

  test("a nested one is told by its whole path", () => {
    const nested = v.strictObject({
      "mem-blks": v.array(v.strictObject({ online: bool() }), "array"),
    });
    expect(refusal(nested, '{"mem-blks":[{"online":true},{}]}')).toBe(
      "Parameter 'mem-blks[1].online' is missing",
    );
    expect(refusal(nested, '{"mem-blks":{}}')).toBe(
      "Invalid parameter type for 'mem-blks', expected: array",
    );
  });
});

test("base64 is decoded only when it is asked for", () => {
  const { x } = read(one(base64()), '{"x":"a b"}') as { x: { decode(): Uint8Array | null } };
  expect(x.decode()).toBeNull();
});
