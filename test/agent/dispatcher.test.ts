import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Dispatcher } from "../../src/agent/dispatcher.ts";
import type { Command } from "../../src/commands/command.ts";
import type { CommandContext } from "../../src/commands/context.ts";
import { Denial, GuestError } from "../../src/commands/guest-error.ts";
import { loadCommands } from "../../src/commands/registry.ts";
import { Noise } from "../../src/wire/noise.ts";
import { ReplyBuffer } from "../../src/wire/reply.ts";

const ping = loadCommands().get("guest-ping") as Command;
const info = loadCommands().get("guest-info") as Command;

const broken = () => ({
  version: "9",
  get supported_commands(): never {
    throw new RangeError("out of memory");
  },
});

/** Commands of the test's own: each answers at once or later. */
const own: Record<string, Partial<Command>> = {
  "test-now": { ...info, run: () => 7 },
  "test-later": { ...info, run: async () => 7 },
  "test-silent": { ...ping, success: "none", run: async () => {} },
  "test-broken-now": { ...info, run: broken },
  "test-broken-later": { ...info, run: async () => broken() },
  "test-refused-later": {
    ...info,
    async run() {
      throw new GuestError("refused");
    },
  },
  "test-denied-now": {
    ...info,
    run() {
      throw new Denial("no rule has it");
    },
  },
  "test-denied-later": {
    ...info,
    async run() {
      throw new Denial("no rule has it");
    },
  },
  "test-acting": { ...info, privilege: "power", run: () => 7 },
};

describe("the dispatcher", () => {
  const commands = loadCommands() as Map<string, Command>;
  beforeAll(() => {
    for (const [name, command] of Object.entries(own)) commands.set(name, command as Command);
  });
  afterAll(() => {
    for (const name of Object.keys(own)) commands.delete(name);
  });

  /** What it answers to requests in a row, and the defects that it reports. */
  async function answers(...requests: object[]) {
    const defects: unknown[] = [];
    const flushed: string[] = [];
    const audits: string[] = [];
    const replies = new ReplyBuffer();
    const noise = new Noise();
    const said = () => Buffer.from(replies.next()).toString("latin1");
    const dispatcher = new Dispatcher(
      { audit: (text: string) => audits.push(text) } as unknown as CommandContext,
      () => true,
      (error) => defects.push((error as Error).message),
    );
    for (const request of requests) {
      const text = Buffer.from(JSON.stringify(request));
      const late = dispatcher.handle(text, replies, noise, () => flushed.push(said()));
      if (late !== null) (await late)(replies);
    }
    return { lines: said().split("\n").slice(0, -1), defects, flushed, audits };
  }

  test.each(["now", "later"])("answers %s, with the id", async (when) => {
    const { lines } = await answers({ execute: `test-${when}`, id: "x" });
    expect(lines).toEqual(['{"return": 7, "id": "x"}']);
  });

  test("answers a success that is told by silence with nothing, and a failure later as always", async () => {
    const { lines, defects } = await answers(
      { execute: "test-silent", id: 1 },
      { execute: "test-refused-later", id: 2 },
    );
    expect(lines).toEqual(['{"id": 2, "error": {"class": "GenericError", "desc": "refused"}}']);
    expect(defects).toEqual([]);
  });

  test.each(["now", "later"])(
    "takes back a reply that breaks off in the middle, %s",
    async (when) => {
      const { lines, defects } = await answers(
        { execute: "test-now" },
        { execute: `test-broken-${when}`, id: 3 },
      );
      expect(lines).toEqual([
        '{"return": 7}',
        '{"id": 3, "error": {"class": "GenericError", "desc": "internal error of the guest agent; see its log"}}',
      ]);
      expect(defects).toEqual(["out of memory"]);
    },
  );

  test.each(["now", "later"])(
    "tells a denial %s as a command that is not allowed, and the log why",
    async (when) => {
      const name = `test-denied-${when}`;
      const { lines, defects, audits } = await answers({ execute: name });
      expect(lines).toEqual([
        `{"error": {"class": "CommandNotFound", "desc": "Command ${info.name} has been disabled: the command is not allowed"}}`,
      ]);
      expect(defects).toEqual([]);
      expect(audits).toEqual([`${info.name} denied by the policy: no rule has it`]);
    },
  );

  test("has what is ready sent before a command that does more than look, and only then", async () => {
    const { flushed } = await answers(
      { execute: "test-now" },
      { execute: "test-acting" },
      { execute: "test-now" },
    );
    expect(flushed).toEqual(['{"return": 7}\n']);
  });
});
