import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { doubleText } from "../../src/wire/double-text.ts";
import { JsonDouble } from "../../src/wire/json.ts";
import { parsed, written } from "./written.ts";

describe("integers", () => {
  test("every int64 and uint64 is exact, there and back", () => {
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 63n), 2n ** 64n - 1n), (integer) => {
        const value = parsed(String(integer));
        expect(BigInt(value as number | bigint)).toBe(integer);
        expect(typeof value).toBe(Number.isSafeInteger(Number(integer)) ? "number" : "bigint");
        expect(written(value)).toBe(String(integer));
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    "0",
    "-1",
    "999999999999999",
    "1000000000000000",
    "9007199254740991",
    "-9007199254740991",
    "9007199254740992",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "18446744073709551615",
  ])("%s", (text) => {
    expect(parsed(text)).not.toBeInstanceOf(JsonDouble);
    expect(written(parsed(text))).toBe(text);
  });

  test("-0 is the integer 0", () => {
    expect(Object.is(parsed("-0"), 0)).toBe(true);
  });

  test.each([
    ["18446744073709551616", "1.8446744073709552e+19"],
    ["-9223372036854775809", "-9.2233720368547758e+18"],
    ["123456789012345678901", "1.2345678901234568e+20"],
    [`1${"0".repeat(400)}`, "inf"],
  ])("%s is beyond 64 bits: a double", (text, expected) => {
    expect(parsed(text)).toBeInstanceOf(JsonDouble);
    expect(written(parsed(text))).toBe(expected);
  });

  test("a million digits are read in no time", () => {
    expect(parsed(`-${"9".repeat(1_000_000)}`)).toEqual(new JsonDouble(Number.NEGATIVE_INFINITY));
  });
});

describe("doubles", () => {
  test("every double comes back as itself", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (double) => {
        // A zero takes no exponent.
        const zero = Object.is(double, -0) ? "-0.0" : "0.0";
        const value = parsed(double === 0 ? zero : double.toExponential());
        expect(value).toEqual(new JsonDouble(double));
        expect(Object.is(Number(written(value)), double)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test.each(["1.0", "-0.0", "1e3", "1E-3", "0.0e1"])("%s is no integer", (text) => {
    expect(parsed(text)).toEqual(new JsonDouble(Number(text)));
  });

  // From printf("%.17g") of glibc.
  test.each([
    [0.1, "0.10000000000000001"],
    [0.5, "0.5"],
    [1, "1"],
    [100000, "100000"],
    [1e15, "1000000000000000"],
    [1e16, "10000000000000000"],
    [1e17, "1e+17"],
    [1e22, "1e+22"],
    [1e23, "9.9999999999999992e+22"],
    [1e100, "1e+100"],
    [1e-100, "1e-100"],
    [0.001, "0.001"],
    [0.0001, "0.0001"],
    [0.00001, "1.0000000000000001e-05"],
    [1e-7, "9.9999999999999995e-08"],
    [5e-324, "4.9406564584124654e-324"],
    [3.0e-310, "2.9999999999999908e-310"],
    [2.2250738585072014e-308, "2.2250738585072014e-308"],
    [1.7976931348623157e308, "1.7976931348623157e+308"],
    [123456789.12345679, "123456789.12345679"],
    [0, "0"],
    [-0, "-0"],
    [-1.5, "-1.5"],
    [Number.POSITIVE_INFINITY, "inf"],
    [Number.NEGATIVE_INFINITY, "-inf"],
    [Number.NaN, "nan"],
  ])("%d is written as C does", (double, text) => {
    expect(doubleText(double)).toBe(text);
  });

  // Exactly between two texts of 17 digits: C takes the even one.
  test.each([
    [2 ** 50 + 0.25, "1125899906842624.2"],
    [2 ** 50 + 0.75, "1125899906842624.8"],
    [2 ** 49 + 0.125, "562949953421312.12"],
    [2 ** 49 + 0.375, "562949953421312.38"],
    [-(2 ** 50) - 0.25, "-1125899906842624.2"],
  ])("the tie %d is rounded to even", (double, text) => {
    expect(doubleText(double)).toBe(text);
  });
});

test("a plain number in a reply is an integer, or the double it is", () => {
  expect(written([1, -0, 0.1, 2 ** 60, 1e300])).toBe(
    "[1, 0, 0.10000000000000001, 1.152921504606847e+18, 1.0000000000000001e+300]",
  );
});
