import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { beginning, chainedLine, sumOf } from "../../src/agent/audit-chain.ts";
import { ChainCheck, ChainFault } from "../../src/agent/audit-check.ts";
import { checked } from "./audit-outlets.ts";

/** A chain of so many lines, from where another one ends. */
function chain(count: number, from = beginning): string[] {
  const lines: string[] = [];
  let end = from;
  for (let index = 0; index < count; index++) {
    const line = chainedLine(end, `"event":"command","index":${index}`);
    lines.push(line);
    end = { seq: end.seq + 1, sum: sumOf(line) };
  }
  return lines;
}

function bytesOf(lines: readonly string[]): Buffer {
  return Buffer.from(lines.map((line) => `${line}\n`).join(""));
}

/** Where it says that a file does not fit, and why. */
function faultIn(...files: readonly (readonly string[])[]): string {
  try {
    checked(...files.map(bytesOf));
    return "none";
  } catch (error) {
    if (!(error instanceof ChainFault)) throw error;
    return `${error.place.file}:${error.place.line}: ${error.message}`;
  }
}

const whole = chain(10);
const misfit = "does not fit to the line before it: ";

describe("ChainCheck", () => {
  test("follows a chain over files, and knows where it ends", () => {
    const check = checked(bytesOf(whole.slice(0, 4)), bytesOf([]), bytesOf(whole.slice(4)));
    expect(check.lineCount).toBe(10);
    expect(check.end).toEqual({ seq: 10, sum: sumOf(whole[9] as string) });
  });

  test("takes what goes on after lines that are no longer there", () => {
    const check = checked(bytesOf(whole.slice(3)));
    expect([check.first?.seq, check.chainCount]).toEqual([4, 1]);
  });

  test.each<[string, string[][], string]>([
    ["a line that was removed", [whole.toSpliced(4, 1)], `0:5: ${misfit}1 lines are missing`],
    ["lines that were removed", [whole.toSpliced(4, 3)], `0:5: ${misfit}3 lines are missing`],
    [
      "lines in another order",
      [whole.toSpliced(4, 2, whole[5] as string, whole[4] as string)],
      `0:5: ${misfit}1 lines are missing`,
    ],
    [
      "a line that is there twice",
      [whole.toSpliced(4, 0, whole[3] as string)],
      `0:5: ${misfit}it is an older one, or of another chain`,
    ],
    ["files in the wrong order", [whole.slice(5), whole.slice(0, 5)], "none"],
    [
      "a file left out in between",
      [whole.slice(0, 3), whole.slice(6)],
      `1:1: ${misfit}3 lines are missing`,
    ],
    [
      "a line that was changed",
      [whole.with(4, (whole[4] as string).replace("command", "commando"))],
      `0:6: ${misfit}one of the two was changed`,
    ],
    [
      "another number",
      [whole.with(4, (whole[4] as string).replace('"seq":5', '"seq":6'))],
      "0:5: has the number 6 where 5 should be",
    ],
    [
      "a line of something else",
      [whole.toSpliced(4, 0, "hello")],
      "0:5: is no line of an audit log",
    ],
    ["an empty line", [whole.toSpliced(4, 0, "")], "0:5: is no line of an audit log"],
    ["a line of something else at the end", [[...whole, "{}"]], "0:11: is no line of an audit log"],
    [
      "a chain that begins anew in the middle of a file",
      [[...whole, ...chain(2)]],
      `0:11: ${misfit}it is an older one, or of another chain`,
    ],
    [
      "a huge line",
      [whole.toSpliced(4, 0, chainedLine(beginning, `"x":"${"x".repeat(200_000)}"`))],
      "0:5: is no line of an audit log",
    ],
  ])("names %s", (_, files, fault) => {
    if (fault !== "none") return expect(faultIn(...files)).toBe(fault);
    // The older file begins with the beginning, so it can be the newer one of an agent that found no file.
    expect(checked(...files.map(bytesOf)).chainCount).toBe(2);
  });

  test("names a line that is cut off at the end, unless the next file has it whole", () => {
    const bytes = bytesOf(whole);
    const cut = bytes.subarray(0, bytes.length - 10);
    const length = (whole[9] as string).length - 9;
    expect(() => checked(cut)).toThrow(`is cut off after ${length} bytes`);
    expect(() => checked(cut, bytesOf(chain(1)))).toThrow(`is cut off after ${length} bytes`);
    expect(checked(cut, bytesOf(whole.slice(9))).lineCount).toBe(10);
  });

  test("takes a torn line only where the next one tells of it as it is", () => {
    const torn = '{"seq":11,"pre';
    const end = { seq: 10, sum: sumOf(torn) };
    const told = { bytes: torn.length, after: sumOf(whole[9] as string) };
    const next = chainedLine(end, '"event":"start"', told);
    expect(checked(bytesOf([...whole, torn, next])).tornCount).toBe(1);
    for (const wrong of [
      chainedLine(end, '"event":"start"'),
      chainedLine(end, '"event":"start"', { ...told, bytes: 3 }),
      chainedLine(end, '"event":"start"', { ...told, after: sumOf("x") }),
      chainedLine({ ...end, sum: sumOf("x") }, '"event":"start"', told),
    ]) {
      expect(faultIn([...whole, torn, wrong])).toBe("0:11: is no line of an audit log");
    }
    expect(faultIn([...whole, torn, torn, next])).toBe("0:11: is no line of an audit log");
  });

  test("takes many chains where each start begins one", () => {
    const check = new ChainCheck({ manyChains: true });
    let line = 0;
    for (const each of [...whole, ...chain(2), ...chain(3)]) {
      line++;
      check.line(Buffer.from(each), { file: "journal", line });
    }
    check.finish();
    expect([check.lineCount, check.chainCount]).toEqual([15, 3]);
  });

  test("notices any byte that was changed, but in the last line", () => {
    const bytes = bytesOf(whole);
    const last = bytes.lastIndexOf(0x0a, bytes.length - 2);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: last - 1 }),
        fc.integer({ min: 1, max: 255 }),
        (at, difference) => {
          const changed = Buffer.from(bytes);
          changed[at] = (changed[at] as number) ^ difference;
          expect(() => checked(changed)).toThrow();
        },
      ),
      { numRuns: 500 },
    );
  });

  test("takes no bytes for more than they are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          expect(checked(bytes).lineCount).toBe(0);
        } catch (error) {
          expect(error).toBeInstanceOf(ChainFault);
        }
      }),
    );
  });
});
