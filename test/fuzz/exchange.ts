import { EPOLLIN, EPOLLOUT, poll } from "../../native/reactor.ts";
import type { Client } from "../process/client.ts";
import type { Random } from "./random.ts";

/** How long the agent may be silent, or refuse to read, before it is taken for lost. */
const silenceMsMax = 30_000;
const chunkBytes = 256 * 1024;
const newline = 0x0a;

/** The agent broke a promise. */
export class Broken extends Error {
  override readonly name = "Broken";
}

/**
 * Sends and reads at the same time, since the agent takes nothing while its replies are not read. One character is
 * one byte.
 */
export class Exchange {
  readonly #client: Client;
  readonly #random: Random;
  readonly #chunk = Buffer.alloc(chunkBytes);

  constructor(client: Client, random: Random) {
    this.#client = client;
    this.#random = random;
  }

  /**
   * Sends the text and behind it a sync of a random id, and reads up to its reply.
   * @returns the lines before that reply
   * @throws Broken when there is none
   */
  probed(text: string): string[] {
    const id = this.#random.bits();
    const sync = `\xff{"execute":"guest-sync-delimited","arguments":{"id":${id}}}\n`;
    const end = Buffer.from(`\xff{"return": ${id}}\n`, "latin1");
    let rest = Buffer.from(text + sync, "latin1");
    const parts: Buffer[] = [];
    let tail = Buffer.alloc(0);
    for (;;) {
      const wanted = rest.length > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN;
      const events = poll(this.#client.fd, wanted, silenceMsMax);
      if (events === 0) throw new Broken(`The sync ${id} is not answered in ${silenceMsMax} ms`);
      if ((events & EPOLLIN) !== 0) {
        const count = this.#client.fd.tryRead(this.#chunk);
        if (count === 0) throw new Broken("The agent hung up");
        if (count > 0) {
          const part = Buffer.from(this.#chunk.subarray(0, count));
          parts.push(part);
          tail = Buffer.concat([tail.subarray(-end.length), part]);
          if (rest.length === 0 && tail.subarray(-end.length).equals(end)) break;
        }
      } else rest = rest.subarray(this.#client.sendSome(rest));
    }
    const all = Buffer.concat(parts);
    return linesOf(all.subarray(0, all.length - end.length));
  }
}

function linesOf(bytes: Buffer): string[] {
  if (bytes.length === 0) return [];
  if (bytes.at(-1) !== newline) throw new Broken("The sync's reply does not begin a line");
  return bytes.toString("latin1", 0, bytes.length - 1).split("\n");
}
