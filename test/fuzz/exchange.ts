import { EPOLLIN, EPOLLOUT, poll } from "../../native/reactor.ts";
import type { Client } from "../process/client.ts";
import type { Random } from "./random.ts";

/** How long the agent may be silent, or refuse to read, before it is taken for lost. */
/** A hash of a file without an end, made by writing far behind its end, is given up after a minute. */
const silenceMsMax = 90_000;
const chunkBytes = 256 * 1024;
const newline = 0x0a;

/** The agent broke a promise. */
export class Broken extends Error {
  override readonly name = "Broken";
}

/** Whether what has come so far is all that was waited for; `part` came last. */
type IsAll = (part: Buffer) => boolean;

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
    let tail = Buffer.alloc(0);
    const all = this.#exchanged(`the reply to the sync ${id}`, text + sync, (part) => {
      tail = Buffer.concat([tail.subarray(-end.length), part]);
      return tail.subarray(-end.length).equals(end);
    });
    return linesOf(all.subarray(0, all.length - end.length));
  }

  /**
   * Sends the text and reads that many lines, before anybody asks for a sync: that would overtake a request which takes
   * its time, and then that one is not answered.
   * @throws Broken when there are fewer
   */
  answered(text: string, lineCount: number): string[] {
    let left = lineCount;
    const all = this.#exchanged(`${lineCount} replies`, text, (part) => {
      for (const byte of part) if (byte === newline) left--;
      return left <= 0;
    });
    return linesOf(all);
  }

  #exchanged(what: string, text: string, isAll: IsAll): Buffer {
    let rest = Buffer.from(text, "latin1");
    const parts: Buffer[] = [];
    for (let isOver = false; !isOver || rest.length > 0; ) {
      const wanted = rest.length > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN;
      const events = poll(this.#client.fd, wanted, silenceMsMax);
      if (events === 0) throw new Broken(`Waited ${silenceMsMax} ms for ${what}`);
      if ((events & EPOLLIN) === 0) {
        rest = rest.subarray(this.#client.sendSome(rest));
        continue;
      }
      const count = this.#client.fd.tryRead(this.#chunk);
      if (count === 0) throw new Broken("The agent hung up");
      if (count < 0) continue;
      const part = Buffer.from(this.#chunk.subarray(0, count));
      parts.push(part);
      isOver = isAll(part);
    }
    return Buffer.concat(parts);
  }
}

function linesOf(bytes: Buffer): string[] {
  if (bytes.length === 0) return [];
  if (bytes.at(-1) !== newline) throw new Broken("What came does not end with a line");
  return bytes.toString("latin1", 0, bytes.length - 1).split("\n");
}
