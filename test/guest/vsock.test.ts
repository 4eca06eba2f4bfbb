/** vsock, over the loopback of a guest's kernel: the machine that runs the tests seldom has one. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { agentUnderTest, expectedOf, missingForAgentTests } from "./agent-under-test.ts";
import { Guest } from "./guest.ts";
import { GuestProgram } from "./guest-program.ts";
import { shellWord } from "./guest-shell.ts";
import { needs } from "./requirements.ts";

const bootTimeoutMs = 240_000;
const scenarioTimeoutMs = 90_000;
setDefaultTimeout(120_000);

const anyCid = 4_294_967_295;
const loopbackCid = 1;
const agentPort = 1234;
const socketPort = 50_123;
const activationPort = 50_200;
const mebibyte = 1024 * 1024;
/** qemu-ga cannot parse a cid of -1. */
const anyAddress = expectedOf({
  guestwire: `-1:${agentPort}`,
  "qemu-ga": `${anyCid}:${agentPort}`,
});

const missing = missingForAgentTests();

describe.skipIf(missing.length > 0)(`vsock in a guest${needs(missing)}`, () => {
  let guest: Guest;
  let clientPath: string;

  beforeAll(async () => {
    using client = await GuestProgram.compile(`${import.meta.dir}/fixtures/vsock-client.ts`);
    clientPath = client.path;
    guest = await Guest.boot({
      agent: agentUnderTest,
      agentTraits: { plugged: false, started: false },
      executables: [client],
      modules: ["vsock", "vsock_loopback"],
      // Two executables of 100 MiB each, twice while the image is unpacked.
      memoryMiB: 1024,
    });
  }, bootTimeoutMs);

  afterAll(async () => {
    await guest?.[Symbol.asyncDispose]();
  });

  /** Has the client in the guest play a scenario and tells what came of it. */
  const play = async (scenario: string, port: number, ...args: readonly (string | number)[]) => {
    const argv = [clientPath, scenario, `${port}`, ...args.map(String)];
    return JSON.parse(await guest.text(argv.map(shellWord).join(" "), scenarioTimeoutMs));
  };

  describe("a socket", () => {
    const open = { family: "vsock", nonblocking: true, closeOnExec: true };

    test("listens and says what it is, and its address is taken", async () => {
      const address = (cid: number) => `Cannot bind "vsock ${cid}:${socketPort}"`;
      expect(await play("listening", socketPort)).toEqual({
        subject: `vsock ${anyCid}:${socketPort}`,
        ...open,
        listening: true,
        waiting: null,
        again: `${address(anyCid)}: EADDRINUSE, Address already in use`,
        againOnOneCid: `${address(loopbackCid)}: EADDRINUSE, Address already in use`,
        foreign: `Cannot bind "vsock 2147483632:${socketPort + 1}": EADDRNOTAVAIL, Cannot assign requested address`,
      });
    });

    test.each([anyCid, loopbackCid])(
      "listens on cid %d, connects and carries bytes both ways",
      async (cid) => {
        expect(await play("talking", socketPort, cid)).toEqual({
          client: { ...open, listening: false },
          server: { ...open, listening: false },
          silent: true,
          heard: "ping",
          answered: "pong",
        });
      },
    );

    test("still receives after shutdownWrite, and sends no more", async () => {
      expect(await play("halfClosed", socketPort)).toEqual({
        heard: ["last", ""],
        answered: "answer",
        more: expect.stringContaining("EPIPE, Broken pipe"),
      });
    });

    test("is refused with ECONNRESET where nobody listens, and closed", async () => {
      const refusal = `Cannot connect to "vsock 1:${socketPort}": ECONNRESET, Connection reset by peer`;
      expect(await play("refused", socketPort)).toEqual({
        never: refusal,
        noLonger: refusal,
        descriptorsLeft: 0,
      });
    });
  });

  const agentOn = (address: string) => ["-m", "vsock-listen", "-p", address, "-t", "/run"];

  describe.each([anyAddress, `${loopbackCid}:${agentPort}`])(
    "an agent that listens on %s",
    (address) => {
      beforeAll(async () => {
        await guest.agent.stop();
        await guest.agent.start(agentOn(address));
      });

      test("is in sync after garbage and a 0xFF, and answers", async () => {
        expect(await play("greeting", agentPort)).toEqual({
          replies: ['{"return": {}, "id": "a"}', '{"return": 4711}'],
        });
      });

      test("writes and reads back 1 MiB", async () => {
        const path = "/run/vsock-data";
        expect(await play("transfer", agentPort, path)).toEqual({
          written: { return: { count: mebibyte, eof: false } },
          read: { count: mebibyte, eof: false },
          same: true,
        });
        expect(await guest.text(`stat -c %s ${path}`)).toBe(`${mebibyte}\n`);
      });

      test("serves one client, and the next ones when it has left", async () => {
        expect(await play("queue", agentPort)).toEqual({
          pong: {},
          early: [false, false],
          served: ['\xff{"return": 0}', '\xff{"return": 1}'],
        });
      });

      test("answers all that was asked before the client half-closed, and closes", async () => {
        const readReply = '{"return": {"count": 1048576, "buf-b64": "", "eof": false}}';
        const base64Length = Math.ceil(mebibyte / 3) * 4;
        expect(await play("halfClose", agentPort)).toEqual({
          replies: ['{"return": {}}', base64Length + readReply.length, '{"return": {}}'],
        });
      });

      test("gives up clients that leave without reading, and nothing of theirs to the next", async () => {
        expect(await play("unread", agentPort)).toEqual({
          taken: [true, true, false],
          first: '\xff{"return": 1}',
        });
      });

      test("has its address to itself", async () => {
        for (const taken of [anyAddress, `${anyCid}:${agentPort}`, `${loopbackCid}:${agentPort}`]) {
          expect(await refusalOf(taken)).toEqual(refused("Address already in use"));
        }
        // Whoever was refused has taken nothing from it.
        expect(await play("greeting", agentPort)).toMatchObject({ replies: expect.any(Array) });
      });

      test("ends with status 0 on SIGTERM, and its port is free", async () => {
        await guest.agent.process.signal("TERM");
        expect(await guest.agent.exitStatus()).toBe(0);
        expect(await play("refused", agentPort)).toMatchObject({
          never: expect.stringContaining("ECONNRESET"),
        });
      });
    },
  );

  /** Runs an agent that must not start, and tells how it ended, without the times in front of log lines. */
  const refusalOf = async (address: string) => {
    const argv = [guest.agent.path, ...agentOn(address)];
    const { status, stdout, stderr } = await guest.run(argv.map(shellWord).join(" "));
    return { status, stdout, stderr: stderr.replaceAll(/^\d+\.\d{6}: /gm, "") };
  };

  const refused = (reason: string) => ({
    status: 1,
    stdout: "",
    stderr: [
      `critical: Failed to bind socket: ${reason}`,
      "critical: failed to create guest agent channel",
      "critical: failed to initialize guest agent channel\n",
    ].join("\n"),
  });

  test("an agent does not start on a cid that is another machine's", async () => {
    const address = `77:${agentPort}`;
    expect(await refusalOf(address)).toEqual(refused("Cannot assign requested address"));
  });

  test("an agent serves a vsock socket of the service manager, before method and path", async () => {
    const elsewhere = ["-m", "virtio-serial", "-p", "/dev/nonexistent", "-t", "/run"];
    const command = [guest.agent.path, ...elsewhere];
    expect(await play("activation", activationPort, ...command)).toEqual({
      replies: ['{"return": {}}', '{"return": {}}'],
      status: 0,
    });
  });
});
