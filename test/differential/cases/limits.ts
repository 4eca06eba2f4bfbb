import { type Suite, sends } from "../case.ts";
import { badJson, done, refused, returned, stray } from "../words.ts";

const ping = '{"execute":"guest-ping"}';
// The texts of the limits stand alone, without "JSON parse error, ".
const tooDeep = refused("JSON nesting depth limit exceeded");
/** One error for each closing bracket that is left over once the nesting was reset. */
const leftOver = (count: number) => Array.from({ length: count }, () => badJson("expecting value"));
/** Errors in a row that guestwire answers; of those behind them it says only how many bytes they were. */
const faultsInARowMax = 100;
const skipped = (byteCount: number) =>
  badJson(`${faultsInARowMax} in a row: the next ${byteCount} bytes were skipped`);
/** The same case for guestwire: `first`, as many errors as are answered, `byteCount` bytes behind them, `last`. */
const flood = (first: readonly string[], byteCount: number, last: readonly string[]) => ({
  difference: "faults-in-a-row" as const,
  ours: [...first, ...leftOver(faultsInARowMax - first.length), skipped(byteCount), ...last],
});
const notObject = refused("QMP input must be a JSON object");
const nested = (open: string, close: string, depth: number) =>
  open.repeat(depth) + close.repeat(depth);

/** Nesting: 1024 levels of braces and brackets together. */
export const nesting: Suite = {
  topic: "nesting limit",
  cases: [
    sends("1024 arrays in one another", nested("[", "]", 1024), [notObject]),
    sends(
      "1025 arrays in one another",
      `${nested("[", "]", 1025)}\n${ping}`,
      [tooDeep, ...leftOver(1025), done],
      flood([tooDeep], 1025 - 99 + 1, [done]),
    ),
    sends(
      "1026 arrays in one another",
      `${nested("[", "]", 1026)}\n${ping}`,
      [tooDeep, notObject, ...leftOver(1025), done],
      flood([tooDeep, notObject], 1025 - 98 + 1, [done]),
    ),
    sends(
      "2048 arrays in one another",
      `${nested("[", "]", 2048)}\n${ping}`,
      [tooDeep, notObject, ...leftOver(1025), done],
      flood([tooDeep, notObject], 1025 - 98 + 1, [done]),
    ),
    sends("1024 objects in one another", nested('{"a":', "}", 1023).replace(":}", ":{}}"), [
      refused("QMP input member 'a' is unexpected"),
    ]),
    sends(
      "1025 objects in one another",
      `${nested('{"a":', "}", 1024).replace(":}", ":{}}")}\n${ping}`,
      [tooDeep, ...leftOver(1025), done],
      flood([tooDeep], 1025 - 99 + 1, [done]),
    ),
    sends("1023 arrays as the id", `{"execute":"guest-ping","id":${nested("[", "]", 1023)}}`, [
      `{"return": {}, "id": ${nested("[", "]", 1023)}}`,
    ]),
    sends(
      "1024 arrays as the id",
      `{"execute":"guest-ping","id":${nested("[", "]", 1024)}}\n${ping}`,
      [tooDeep, ...leftOver(1025), done],
      flood([tooDeep], 1025 - 99 + 1, [done]),
    ),
    sends("1025 opening brackets and nothing else", `${"[".repeat(1025)}\n${ping}`, [
      tooDeep,
      done,
    ]),
    sends("1025 opening braces and nothing else", `${"{".repeat(1025)}\n${ping}`, [tooDeep, done]),
    sends(
      "512 arrays and 513 objects in one another",
      `${"[".repeat(512)}${"{".repeat(513)}${"}".repeat(513)}${"]".repeat(512)}\n${ping}`,
      [tooDeep, ...leftOver(1025), done],
      flood([tooDeep], 1025 - 99 + 1, [done]),
    ),
    sends(
      "512 arrays and 512 objects in one another",
      `${"[".repeat(512)}${"{".repeat(512)}${"}".repeat(512)}${"]".repeat(512)}\n${ping}`,
      [badJson("key is not a string in object"), done],
    ),
    sends("2000 arrays side by side", `[${"[],".repeat(1999)}[]]`, [notObject]),
    sends("depth is counted anew for each text", nested("[", "]", 1000).repeat(3), [
      notObject,
      notObject,
      notObject,
    ]),
    sends(
      "brackets inside a string do not count",
      `{"execute":"guest-ping","id":"${"[".repeat(3000)}"}`,
      [`{"return": {}, "id": "${"[".repeat(3000)}"}`],
    ),
    sends(
      "a stray character at depth 1024 resets the depth",
      `${"[".repeat(1024)}@\n${nested("[", "]", 1024)}\n${ping}`,
      [stray("@"), notObject, done],
    ),
    sends(
      "5000 closing brackets",
      "]".repeat(5000),
      leftOver(5000),
      flood([], 4901, ["(the final 0xFF was answered otherwise)"]),
    ),
    sends(
      "101 closing brackets and a command",
      `${"]".repeat(101)}${ping}`,
      [...leftOver(101), done],
      flood([], 1, [done]),
    ),
    sends("100 closing brackets and a command, twice", `${"]".repeat(100)}${ping}`.repeat(2), [
      ...leftOver(100),
      done,
      ...leftOver(100),
      done,
    ]),
    sends(
      "an object that is no request amid closing brackets",
      `${"]".repeat(102)}{"id":1}${"]".repeat(3)}{"id":2} ${ping}`,
      [
        ...leftOver(102),
        refused("QMP input lacks member 'execute'", "1"),
        ...leftOver(3),
        refused("QMP input lacks member 'execute'", "2"),
        done,
      ],
      flood([], 2, [
        refused("QMP input lacks member 'execute'", "1"),
        skipped(3),
        refused("QMP input lacks member 'execute'", "2"),
        done,
      ]),
    ),
    sends(
      "a command behind a text that was too deep",
      `${"[".repeat(1025)}{"execute":"guest-sync","arguments":{"id":4}}`,
      [tooDeep, returned(4)],
    ),
  ],
};
