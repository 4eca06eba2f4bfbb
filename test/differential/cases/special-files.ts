import { spawnSync } from "node:child_process";
import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import type { Case, Step, Suite } from "../case.ts";
import { at, close, flush, got, open, opened, read, seek, write, wrote } from "../file-steps.ts";
import { done, refused } from "../words.ts";

function makeFifo(work: string): void {
  const { status, stderr } = spawnSync("mkfifo", [`${work}/fifo`], { encoding: "utf8" });
  if (status !== 0) throw new Error(`mkfifo: ${stderr}`);
}

/** A FIFO whose other end a test holds open for the time of a case. */
function withPeer(name: string, steps: (peer: Peer) => Step[], replies: string[]): Case {
  const peer = new Peer();
  return {
    name,
    setUp: (work) => {
      makeFifo(work);
      peer.open(`${work}/fifo`);
    },
    steps: [...steps(peer), { act: () => peer.close() }],
    replies,
  };
}

class Peer {
  #fd = -1;

  open(path: string): void {
    // Opened for both directions, so that neither this open nor the agent's waits for a partner.
    this.#fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  }

  sends(text: string): Step {
    return {
      act: () => {
        writeSync(this.#fd, text);
        return undefined;
      },
    };
  }

  receives(): Step {
    return {
      act: () => {
        const buffer = Buffer.alloc(100);
        try {
          return `the peer received ${JSON.stringify(buffer.toString("latin1", 0, readSync(this.#fd, buffer)))}`;
        } catch (error) {
          return `the peer received ${(error as NodeJS.ErrnoException).code}`;
        }
      },
    };
  }

  close(): undefined {
    closeSync(this.#fd);
  }
}

const wouldBlock = refused("failed to read file: Resource temporarily unavailable");

export const specialFiles: Suite = {
  topic: "FIFOs, devices and sockets",
  cases: [
    {
      name: "a FIFO without a writer opens at once and is at its end",
      setUp: makeFifo,
      steps: [open("fifo"), read(), read(), close()],
      replies: [opened, got("", true), got("", true), done],
    },
    {
      name: "a FIFO without a reader cannot be opened for writing",
      setUp: makeFifo,
      steps: [open("fifo", "w")],
      replies: [refused("failed to open file 'fifo' (mode: 'w'): No such device or address")],
    },
    {
      name: "a FIFO without a reader cannot be opened for appending",
      setUp: makeFifo,
      steps: [open("fifo", "a")],
      replies: [refused("failed to open file 'fifo' (mode: 'a'): No such device or address")],
    },
    {
      name: "a FIFO cannot seek",
      setUp: makeFifo,
      steps: [open("fifo"), seek(0, "0"), seek(0, "1"), close()],
      replies: [
        opened,
        refused("failed to seek file: Illegal seek"),
        refused("failed to seek file: Illegal seek"),
        done,
      ],
    },
    {
      name: "a FIFO opened r+ gives back what was written, after the flush",
      setUp: makeFifo,
      steps: [open("fifo", "r+"), write("abc"), read(3), close()],
      replies: [opened, wrote(3), got("abc", false), done],
    },
    {
      name: "a FIFO opened r+ cannot be written after a read",
      setUp: makeFifo,
      steps: [open("fifo", "r+"), write("abc"), read(2), write("x"), close()],
      replies: [
        opened,
        wrote(3),
        got("ab", false),
        refused("failed to seek file: Illegal seek"),
        done,
      ],
    },
    {
      name: "a FIFO opened w+",
      setUp: makeFifo,
      steps: [open("fifo", "w+"), write("abc"), flush(), read(3), close()],
      replies: [opened, wrote(3), done, got("abc", false), done],
    },
    withPeer(
      "an empty FIFO with a writer would block",
      () => [open("fifo"), read(), read(1), read(0), close()],
      [opened, wouldBlock, wouldBlock, got("", false), done],
    ),
    withPeer(
      "a FIFO with data gives it when asked for no more",
      (peer) => [peer.sends("hello"), open("fifo"), read(5), close()],
      [opened, got("hello", false), done],
    ),
    withPeer(
      "a FIFO with less data than asked for would block and loses it",
      (peer) => [peer.sends("hello"), open("fifo"), read(10), read(5), close()],
      [
        opened,
        refused("failed to read file: Resource temporarily unavailable"),
        refused("failed to read file: Resource temporarily unavailable"),
        done,
      ],
    ),
    withPeer(
      "a FIFO read in parts gives what the first part left over",
      (peer) => [peer.sends("hello"), open("fifo"), read(2), read(3), read(1), close()],
      [
        opened,
        got("he", false),
        got("llo", false),
        refused("failed to read file: Resource temporarily unavailable"),
        done,
      ],
    ),
    withPeer(
      "a FIFO gets data between two reads",
      (peer) => [open("fifo"), read(3), peer.sends("abc"), read(3), close()],
      [
        opened,
        refused("failed to read file: Resource temporarily unavailable"),
        got("abc", false),
        done,
      ],
    ),
    withPeer(
      "a FIFO with a reader takes writes at the flush",
      (peer) => [
        open("fifo", "w"),
        write("abc"),
        peer.receives(),
        flush(),
        peer.receives(),
        close(),
      ],
      [opened, wrote(3), "the peer received EAGAIN", done, 'the peer received "abc"', done],
    ),
    withPeer(
      "a FIFO with a reader takes writes at the close",
      (peer) => [open("fifo", "w"), write("abc"), peer.receives(), close(), peer.receives()],
      [opened, wrote(3), "the peer received EAGAIN", done, 'the peer received "abc"'],
    ),
    withPeer(
      "a FIFO that is full",
      (peer) => [open("fifo", "w"), write("x".repeat(70_000)), flush(), close(), peer.receives()],
      [
        opened,
        refused("failed to write to file: Resource temporarily unavailable"),
        done,
        done,
        'the peer received "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"',
      ],
    ),
    {
      name: "a unix socket cannot be opened",
      steps: [
        {
          act: async ({ work }) => {
            const server = createServer();
            await new Promise<void>((resolve) => server.listen(`${work}/sock`, resolve));
            listening.push(server);
            return undefined;
          },
        },
        open("sock"),
        open("sock", "w"),
        {
          act: () => {
            for (const server of listening.splice(0)) server.close();
            return undefined;
          },
        },
      ],
      replies: [
        refused("failed to open file 'sock' (mode: 'r'): No such device or address"),
        refused("failed to open file 'sock' (mode: 'w'): No such device or address"),
      ],
    },
    {
      name: "/dev/tty without a terminal",
      steps: [open("/dev/tty", "r+")],
      replies: [refused("failed to open file '/dev/tty' (mode: 'r+'): No such device or address")],
    },
    {
      name: "/dev/null seeks to 0",
      steps: [open("/dev/null", "r+"), write("x"), seek(5, "0"), read(1), close()],
      replies: [opened, wrote(1), at(0), got("", true), done],
    },
    {
      name: "/dev/zero seeks",
      steps: [open("/dev/zero"), seek(5, "0"), read(3), close()],
      replies: [opened, at(5), got("\u0000\u0000\u0000", false), done],
    },
    {
      name: "/proc/self/mem tells the error of its read",
      steps: [open("/proc/self/mem"), read(1), close()],
      replies: [opened, refused("failed to read file: Input/output error"), done],
    },
    {
      name: "/sys is a folder",
      steps: [open("/sys"), read(1), close()],
      replies: [opened, refused("failed to read file: Is a directory"), done],
    },
    {
      name: "/proc/self/comm can be written and read again",
      steps: [
        open("/proc/self/comm", "r+"),
        write("agent"),
        flush(),
        close(),
        open("/proc/self/comm"),
        read(),
        close(),
      ],
      replies: [opened, wrote(5), done, done, opened, got("agent\n", true), done],
    },
    {
      name: "a terminal without input would block",
      steps: [open("/dev/ptmx", "r+"), read(1), close()],
      replies: [opened, refused("failed to read file: Resource temporarily unavailable"), done],
    },
  ],
};

const listening: ReturnType<typeof createServer>[] = [];
