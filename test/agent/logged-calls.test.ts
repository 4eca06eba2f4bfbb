import { describe, expect, test } from "bun:test";
import { Dispatcher } from "../../src/agent/dispatcher.ts";
import { Log } from "../../src/agent/log.ts";
import { LoggedCalls } from "../../src/agent/logged-calls.ts";
import { runDirectly } from "../../src/agent/witness.ts";
import type { CommandContext } from "../../src/commands/context.ts";
import { Noise } from "../../src/wire/noise.ts";
import { ReplyBuffer } from "../../src/wire/reply.ts";

/** What a verbose log of JSON has of these texts of a host. */
function logged(...texts: readonly string[]): Record<string, unknown>[] {
  const lines: string[] = [];
  const log = new Log(
    { verbose: true, file: null, isFrozen: false, format: "json" },
    { stderr: (line) => lines.push(line), syslog() {}, nowUs: () => 0n },
  );
  const dispatcher = new Dispatcher(
    {} as CommandContext,
    ({ name }) => name !== "guest-exec",
    () => {},
    new LoggedCalls(log, runDirectly),
  );
  for (const text of texts) {
    dispatcher.handle(Buffer.from(text), new ReplyBuffer(), new Noise(), () => {});
  }
  for (const line of lines) {
    expect(line.length).toBeLessThan(2000);
    expect(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(line.slice(0, -1))).toBe(false);
  }
  return lines.map((line) => {
    const { time, ...rest } = JSON.parse(line);
    return rest;
  });
}

describe("LoggedCalls", () => {
  test("logs polling at debug, with the id of the request", () => {
    expect(
      logged(
        '{"execute":"guest-ping","id":"a"}',
        '{"execute":"guest-sync","arguments":{"id":7}}',
        '\xff{"execute":"guest-ping"}',
      ),
    ).toEqual([
      { level: "debug", message: "guest-ping called", command: "guest-ping", id: "a" },
      { level: "debug", message: "guest-sync called", command: "guest-sync" },
    ]);
  });

  test("logs what does more than look at info, and what is refused without its arguments", () => {
    expect(
      logged(
        '{"execute":"guest-exec","arguments":{"path":"hush"}}',
        '{"execute":"guest-set-user-password","arguments":{"username":"u","password":5}}',
        '{"execute":"guest-file-flush","arguments":{"handle":4711}}',
      ),
    ).toEqual([
      {
        level: "info",
        message: "guest-exec refused: CommandNotFound",
        command: "guest-exec",
      },
      {
        level: "info",
        message: "guest-set-user-password refused: GenericError",
        command: "guest-set-user-password",
      },
      { level: "info", message: "guest-file-flush called", command: "guest-file-flush" },
    ]);
  });

  test("is not led astray by names and ids that are made to", () => {
    const odd = "\\u202e\\u0000\\n\\u001b[2J\\u0085";
    const huge = "x".repeat(1_000_000);
    const [first, second] = logged(
      `{"execute":"guest-${odd}","id":"${odd}"}`,
      `{"execute":"${huge}","id":"${huge}"}`,
    );
    expect(first).toEqual({
      level: "info",
      message: "guest-\u202e\0\n\u001b[2J\u0085 refused: CommandNotFound",
      command: "guest-\u202e\0\n\u001b[2J\u0085",
    });
    expect(String(second?.command).length).toBeLessThan(200);
  });
});
