import type { Binary } from "../differential/binaries.ts";
import { anonymousKiB, descriptors, until } from "../process/proc.ts";
import type { Given } from "./arguments.ts";
import { Broken, Exchange } from "./exchange.ts";
import { noiseText } from "./noise.ts";
import { expectAnswers, expectFault, expectReplies, type Told } from "./oracle.ts";
import { Random } from "./random.ts";
import { allNames, type FuzzedRequest, RequestSource } from "./requests.ts";
import { shrunken } from "./shrink.ts";
import { ThrowawayAgent } from "./throwaway.ts";

/** How many texts lie between two syncs at the most. */
const batchTextsMax = 400;
/** One batch in so many is sent by a client that reads nothing and leaves; the next one has to be in sync. */
const rudeOneIn = 25;
/** Handles that are asked for again. */
const rememberedMax = 64;
/** Where an agent without a past begins to count. */
const firstHandle = 1000;
/** Descriptors of everything but opened files: those at rest, and pipes of programs that end just now. */
const otherDescriptorsMax = 64;
const openFilesMax = 768;
/**
 * What an agent may have more after a campaign than after its first third: code that is compiled late, and what the
 * allocator holds on to.
 */
export const grownKiBMax = 24 * 1024;

const withoutPrograms = new Set([...allNames].filter((name) => !name.includes("exec")));

export type Kind = "requests" | "noise";

export interface Plan {
  readonly kind: Kind;
  readonly seed: number;
  readonly texts: number;
}

export interface Outcome {
  readonly texts: number;
  readonly seconds: number;
  /** Of whole requests: how many were carried out, not refused. */
  readonly carriedOut: number;
  readonly grownKiB: number;
}

/** Sends so many texts, and throws when a promise is broken. @throws Broken with the seed, and the fewest texts that do it */
export async function campaign(binary: Binary, plan: Plan): Promise<Outcome> {
  await using agent = await ThrowawayAgent.start(binary);
  const started = performance.now();
  const moods = new Random(plan.seed + 1);
  let client = await agent.client();
  let exchange = new Exchange(client, moods);
  const fuzzer = new Fuzzer(plan);
  const restFiles = openFiles(agent).length;
  let settledKiB = Number.NaN;
  while (fuzzer.sent < plan.texts) {
    const batch = fuzzer.batch();
    try {
      if (plan.kind === "noise" && moods.chance(rudeOneIn)) {
        client.send(textOf(batch));
        client.close();
        client = await agent.client();
        exchange = new Exchange(client, moods);
      } else fuzzer.play(batch, exchange);
    } catch (error) {
      throw await explained(error, binary, agent, plan, batch);
    }
    if (Number.isNaN(settledKiB) && fuzzer.sent >= plan.texts / 3) {
      settledKiB = anonymousKiB(agent.pid);
    }
    const opened = descriptors(agent.pid).length;
    if (opened > openFilesMax + otherDescriptorsMax) throw new Broken(`${opened} descriptors`);
  }
  const seconds = (performance.now() - started) / 1000;
  closeAll(exchange, agent, restFiles, fuzzer.sent);
  const grownKiB = () => anonymousKiB(agent.pid) - settledKiB;
  // The allocator takes a moment to hand back what is free.
  await until("memory as low as before", () => grownKiB() <= grownKiBMax).catch((error) => {
    throw new Broken(`${error}: ${grownKiB()} KiB more, seed ${plan.seed}`);
  });
  if (!agent.alive) throw new Broken(`The agent has ended and said: ${agent.said}`);
  return { texts: fuzzer.sent, seconds, carriedOut: fuzzer.carriedOut, grownKiB: grownKiB() };
}

/** Pipes and sockets come and go; what hosts open has a path. */
function openFiles({ pid }: ThrowawayAgent): string[] {
  return descriptors(pid).filter((each) => each.startsWith("/"));
}

/** Every handle that can have been given out is closed, and then no file is open. @throws Broken */
function closeAll(
  exchange: Exchange,
  agent: ThrowawayAgent,
  restFiles: number,
  handlesMax: number,
): void {
  const isOpen = () => openFiles(agent).length > restFiles;
  for (let first = firstHandle; isOpen() && first < firstHandle + handlesMax; ) {
    const requests = Array.from({ length: batchTextsMax }, (_, index) => {
      return `{"execute":"guest-file-close","arguments":{"handle":${first + index}}}`;
    });
    expectReplies(exchange.answered(requests.join(""), requests.length));
    first += requests.length;
  }
  if (isOpen()) throw new Broken(`Files stay open: ${openFiles(agent).join()}`);
}

/** Texts that are sent in one go, and what they ask for. */
export interface Batch {
  readonly firstId: number;
  readonly requests: readonly FuzzedRequest[];
}

function textOf({ requests }: Pick<Batch, "requests">): string {
  return requests.map(({ text }) => text).join("");
}

class Fuzzer {
  readonly #kind: Kind;
  readonly #random: Random;
  readonly #source: RequestSource;
  readonly #given = { handles: [] as string[], pids: [] as string[] } satisfies Given;
  sent = 0;
  carriedOut = 0;

  constructor({ kind, seed }: Pick<Plan, "kind" | "seed">) {
    this.#kind = kind;
    this.#random = new Random(seed);
    this.#source = new RequestSource(this.#random, kind === "noise" ? withoutPrograms : allNames);
  }

  batch(): Batch {
    const firstId = this.sent;
    const count = 1 + this.#random.below(batchTextsMax);
    const requests = Array.from({ length: count }, (_, index) =>
      this.#kind === "requests"
        ? this.#source.next(firstId + index, this.#given)
        : { command: "", id: 0, text: noiseText(this.#random, this.#source) },
    );
    this.sent += count;
    return { firstId, requests };
  }

  /** @throws Broken */
  play(batch: Batch, exchange: Exchange): void {
    const { requests } = batch;
    if (this.#kind === "noise") return expectReplies(exchange.probed(textOf(batch)));
    const lines = exchange.answered(textOf(batch), requests.length);
    for (const told of expectAnswers(requests, lines)) this.#note(told);
    expectFault(exchange.probed(""));
  }

  #note({ command, reply }: Told): void {
    if (!reply.includes('"return": ')) return;
    this.carriedOut++;
    if (command === "guest-file-open") {
      remember(this.#given.handles, /"return": (\d+)/.exec(reply)?.[1]);
    } else if (command === "guest-exec" || command.endsWith("exec-start")) {
      remember(this.#given.pids, /"pid": (\d+)/.exec(reply)?.[1]);
    }
  }
}

function remember(numbers: string[], number: string | undefined): void {
  if (number === undefined) return;
  numbers.push(number);
  if (numbers.length > rememberedMax) numbers.shift();
}

/** Tries whether the batch alone does it to a new agent, and how little of it. */
async function explained(
  error: unknown,
  binary: Binary,
  agent: ThrowawayAgent,
  { kind, seed }: Plan,
  { firstId, requests }: Batch,
): Promise<Error> {
  const what = `${error}; the agent ${agent.alive ? "lives" : "has ended"} and said: ${agent.said}`;
  const culprits = await shrunken(requests, async (chosen) => {
    await using other = await ThrowawayAgent.start(binary);
    const client = await other.client();
    try {
      const exchange = new Exchange(client, new Random(1));
      const text = textOf({ requests: chosen });
      const lines =
        kind === "noise" ? exchange.probed(text) : exchange.answered(text, chosen.length);
      if (kind === "noise") expectReplies(lines);
      else expectAnswers(chosen, lines);
      return false;
    } catch {
      return true;
    }
  });
  const shown = culprits === null ? "not by this batch alone" : JSON.stringify(culprits);
  return new Broken(`Seed ${seed}, ${kind}, texts from ${firstId} on: ${what}\nDone by: ${shown}`);
}
