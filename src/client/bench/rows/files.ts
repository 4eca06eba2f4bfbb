import type { BenchedAgent } from "../benched-agent.ts";
import { randomBytes } from "../noise.ts";
import { requestLine } from "../requests.ts";
import { KiB, MiB, type Probe, type Row, timeFigure } from "./row.ts";

const openAndClose = ["guest-file-open", "guest-file-close"] as const;
const fileBytes = 16 * MiB;
const writeStepBytes = MiB;
const sizes = [
  ["4k", 4 * KiB, "4 KiB"],
  ["64k", 64 * KiB, "64 KiB"],
  ["1m", MiB, "1 MiB"],
  ["16m", 16 * MiB, "16 MiB"],
] as const;

/** Always readable, of any length, and nothing has to be left in the guest for it. */
const endlessPath = "/dev/zero";

export const files: readonly Row[] = [
  {
    name: "file-open",
    family: "files",
    label: "guest-file-open",
    title: "guest-file-open (the file is closed again, which is not timed)",
    figures: [timeFigure],
    commands: openAndClose,
    async prepare(agent) {
      const open = requestLine("guest-file-open", { path: endlessPath });
      return {
        async sample() {
          const [ns, handle] = await agent.line.keepOn(async () => {
            const openNs = await agent.ask(open);
            return [openNs, adoptHandle(agent)] as const;
          });
          await agent.files.close(handle);
          return [ns];
        },
      };
    },
  },
  {
    name: "file-close",
    family: "files",
    label: "guest-file-close",
    title: "guest-file-close (the file is opened before, which is not timed)",
    figures: [timeFigure],
    commands: openAndClose,
    async prepare(agent) {
      return {
        async sample() {
          const handle = await agent.files.open(endlessPath, "r");
          const ns = await agent.ask(requestLine("guest-file-close", { handle }));
          agent.files.release(handle);
          return [ns];
        },
      };
    },
  },
  ...sizes.map(
    ([name, bytes, words]): Row => ({
      name: `file-read-${name}`,
      family: "files",
      label: `read ${words}`,
      title: `guest-file-read of ${words}`,
      figures: [timeFigure],
      work: { amount: bytes, unit: "bytes" },
      commands: [...openAndClose, "guest-file-read", "guest-file-seek"],
      prepare: (agent) => prepareRead(agent, bytes),
    }),
  ),
  ...sizes.map(
    ([name, bytes, words]): Row => ({
      name: `file-write-${name}`,
      family: "files",
      label: `write ${words}`,
      title: `guest-file-write of ${words}`,
      figures: [timeFigure],
      work: { amount: bytes, unit: "bytes" },
      commands: [...openAndClose, "guest-file-write", "guest-file-seek", "guest-exec"],
      changesGuest: true,
      prepare: (agent) => prepareWrite(agent, bytes),
    }),
  ),
];

function adoptHandle(agent: BenchedAgent): number {
  const { return: handle } = agent.reply() as { return: number };
  agent.files.adopt(handle);
  return handle;
}

/** What is read: a scratch file of ours, or where none may be made, zeros. */
async function readable(agent: BenchedAgent): Promise<{ path: string; content: Uint8Array }> {
  if (!agent.scratch.available) {
    return { path: endlessPath, content: new Uint8Array(fileBytes) };
  }
  const content = randomBytes(fileBytes);
  const path = await agent.scratch.make("read", async (handle) => {
    for (let from = 0; from < fileBytes; from += writeStepBytes) {
      await agent.files.write(handle, content.subarray(from, from + writeStepBytes));
    }
  });
  return { path, content };
}

async function prepareRead(agent: BenchedAgent, bytes: number): Promise<Probe> {
  const { path, content } = await readable(agent);
  const handle = await agent.files.open(path, "r");
  const read = requestLine("guest-file-read", { handle, count: bytes });
  await agent.ask(read);
  const { return: first } = agent.reply() as { return: { count: number; "buf-b64": string } };
  if (first.count !== bytes || first["buf-b64"] !== content.subarray(0, bytes).toBase64()) {
    agent.refuse("bytes of the file");
  }
  const replyBytes = agent.line.received.length;
  let position = bytes;
  return {
    async sample() {
      if (position + bytes > fileBytes) {
        await agent.files.rewind(handle);
        position = 0;
      }
      position += bytes;
      const ns = await agent.ask(read);
      // At the end of the file a reply says so, in another word.
      if (Math.abs(agent.line.received.length - replyBytes) > 1) agent.refuse("bytes of the file");
      return [ns];
    },
    close: () => agent.files.close(handle),
  };
}

async function prepareWrite(agent: BenchedAgent, bytes: number): Promise<Probe> {
  const path = await agent.scratch.make("write");
  const handle = await agent.files.open(path, "w");
  const content = randomBytes(bytes);
  const write = requestLine("guest-file-write", { handle, "buf-b64": content });
  let position = 0;
  return {
    async sample() {
      if (position + bytes > fileBytes) {
        await agent.files.rewind(handle);
        position = 0;
      }
      position += bytes;
      const ns = await agent.ask(write);
      const { return: written } = agent.reply() as { return: { count: number } };
      if (written.count !== bytes) agent.refuse(`${bytes} bytes to be written`);
      return [ns];
    },
    async close() {
      await agent.files.close(handle);
      const back = await agent.files.readStart(path, bytes);
      if (!Buffer.from(content).equals(back)) agent.refuse("bytes that were written");
    },
  };
}
