import { expect, test } from "bun:test";
import { join } from "node:path";

const child = join(import.meta.dirname, "children/log-to-itself.ts");

/** A /dev of our own, in which the child can be the log daemon without disturbing the real one. */
const ownDevices = [
  "unshare",
  "--mount",
  "sh",
  "-c",
  'mount -t tmpfs none /dev && exec "$@"',
  "sh",
];
const cannot = Bun.spawnSync([...ownDevices, "true"]).exitCode !== 0;

/** What the log daemon receives when the texts are logged, without the time of day and the newline that musl adds. */
function logged(ident: string, priority: number, texts: readonly string[]): string[] {
  const command = [...ownDevices, process.execPath, child, ident, String(priority), ...texts];
  const { stdout, stderr } = Bun.spawnSync(command);
  expect(stderr.toString()).toBe("");
  const lines: string[] = JSON.parse(stdout.toString());
  return lines.map((line) =>
    line.replace(/>\w{3} [ \d]\d \d\d:\d\d:\d\d /, ">").replace(/\n$/, ""),
  );
}

test.skipIf(cannot)(
  "a line has priority, facility user and the name given (needs unshare --mount)",
  () => {
    expect(logged("guest-agent", 6, ["info: guest-ping called"])).toEqual([
      "<14>guest-agent: info: guest-ping called",
    ]);
    expect(logged("x", 2, ["bad"])).toEqual(["<10>x: bad"]);
  },
);

test.skipIf(cannot)(
  "percent signs and characters of all kinds are text (needs unshare --mount)",
  () => {
    expect(logged("a", 6, ["%s %n %d 100%", "é😀", ""])).toEqual([
      "<14>a: %s %n %d 100%",
      "<14>a: é😀",
      "<14>a: ",
    ]);
  },
);

test.skipIf(cannot)("control characters are made visible (needs unshare --mount)", () => {
  const [line] = logged("a", 6, ["one\ntwo\ttab\x1b[31m\x7f\u0085 back\\slash"]);
  expect(line).toBe("<14>a: one\\x0atwo\\x09tab\\x1b[31m\\x7f\\x85 back\\slash");
});
