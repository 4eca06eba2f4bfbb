import type { AgentClient } from "../agent-client.ts";
import { AgentError, DeadlineError, TransportError } from "../errors.ts";
import { TargetError } from "../targets/target.ts";
import { type Figures, figuresOf } from "./figures.ts";
import { AgentSampler, type Sample, sampledCommands } from "./sample.ts";

/** Of each history; more than the widest terminal shows. */
export const historyMax = 512;

/** How it stands with the agent. */
export type Standing =
  | { readonly kind: "answers"; readonly tookMs: number }
  /** No way to it, no answer in time, or no permission to ask. */
  | { readonly kind: "absent" | "silent" | "refuses"; readonly why: string };

/** The last values, the newest last; null where one is not known. */
export interface History {
  readonly busyPercent: readonly (number | null)[];
  /** Bytes a second of all interfaces but loopback. */
  readonly received: readonly (number | null)[];
  readonly sent: readonly (number | null)[];
}

export interface Watched {
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  readonly standing: Standing;
  /** As of when it last answered; null before that. */
  readonly figures: Figures | null;
  /** Between the last two samples; null before the second one. */
  readonly elapsedMs: number | null;
  readonly history: History;
  /** What this agent has no commands for. */
  readonly lacking: AgentSampler["lacking"];
  readonly refusals: readonly string[];
}

export interface WatcherOptions {
  /** Connects to the agent. */
  reach(): Promise<AgentClient>;
  /** Whether the way to the agent is left to others between two samples: QEMU's sockets serve one client at a time. */
  readonly leavesBetween: boolean;
}

const loopback = "lo";

/** Takes samples of a guest, one after the other, and connects again where it has to. */
export class Watcher implements Disposable {
  readonly #options: WatcherOptions;
  #client: AgentClient | null = null;
  /** What it knows of an agent is of no use for the next one. */
  #sampler = new AgentSampler();
  #last: { readonly sample: Sample; readonly atMs: number } | null = null;
  #watched: Omit<Watched, "timeMs" | "standing"> = {
    figures: null,
    elapsedMs: null,
    history: { busyPercent: [], received: [], sent: [] },
    lacking: [],
    refusals: [],
  };

  constructor(options: WatcherOptions) {
    this.#options = options;
  }

  /** The next sample. Every kind of failure to get one is told in `standing`. */
  async next(): Promise<Watched> {
    const startedMs = performance.now();
    try {
      this.#client ??= await this.#options.reach();
      this.#add(await this.#sampler.take(this.#client));
      const tookMs = performance.now() - startedMs;
      if (this.#options.leavesBetween) this[Symbol.dispose]();
      return this.#told({ kind: "answers", tookMs });
    } catch (error) {
      const standing = standingAfter(error);
      if (standing === null) throw error;
      this[Symbol.dispose]();
      this.#sampler = new AgentSampler();
      this.#remember(null);
      return this.#told(standing);
    }
  }

  [Symbol.dispose](): void {
    this.#client?.close();
    this.#client = null;
  }

  #add(sample: Sample): void {
    const atMs = performance.now();
    this.#watched = {
      ...this.#watched,
      figures: figuresOf(this.#last?.sample ?? null, sample),
      elapsedMs: this.#last === null ? null : atMs - this.#last.atMs,
      lacking: this.#sampler.lacking,
      refusals: sample.refusals,
    };
    this.#last = { sample, atMs };
    this.#remember(this.#watched.figures);
  }

  #remember(figures: Figures | null): void {
    const { busyPercent, received, sent } = this.#watched.history;
    const traffic = (key: "receivedBytesPerSecond" | "sentBytesPerSecond") =>
      figures === null ? null : totalOf(figures, key);
    this.#watched = {
      ...this.#watched,
      history: {
        busyPercent: appended(busyPercent, figures?.cpu?.all?.busy ?? null),
        received: appended(received, traffic("receivedBytesPerSecond")),
        sent: appended(sent, traffic("sentBytesPerSecond")),
      },
    };
  }

  #told(standing: Standing): Watched {
    return { ...this.#watched, timeMs: Date.now(), standing };
  }
}

/** Of all interfaces but loopback; null where nothing is known. */
export function totalOf(
  { interfaces }: Figures,
  key: "receivedBytesPerSecond" | "sentBytesPerSecond",
): number | null {
  const known = (interfaces ?? []).flatMap((each) =>
    each.name === loopback || each[key] === null ? [] : [each[key]],
  );
  return known.length === 0 ? null : known.reduce((sum, rate) => sum + rate);
}

/** Null for our own mistakes. */
function standingAfter(error: unknown): Standing | null {
  if (error instanceof DeadlineError) return { kind: "silent", why: error.message };
  if (error instanceof AgentError) return { kind: "refuses", why: error.message };
  const isNoWay = error instanceof TransportError || error instanceof TargetError;
  return isNoWay ? { kind: "absent", why: error.message } : null;
}

function appended(
  history: readonly (number | null)[],
  value: number | null,
): readonly (number | null)[] {
  return [...history, value].slice(-historyMax);
}

/** In words for people, what an agent without these commands cannot tell; null where nothing is amiss. */
export function lackText(lacking: Watched["lacking"]): string | null {
  // Load is in the summary as well.
  const names = lacking.filter(
    (name) => name !== "guest-get-load" || lacking.includes("__org.guestwire_summary"),
  );
  const what = sampledCommands.filter((name) => names.includes(name)).map((name) => subjects[name]);
  return what.length === 0 ? null : `this agent does not tell ${what.join(", ")}`;
}

const subjects: Readonly<Record<(typeof sampledCommands)[number], string>> = {
  "__org.guestwire_summary": "memory, swap, pressure, uptime and failed units",
  "guest-get-load": "load",
  "guest-get-cpustats": "processors",
  "guest-get-diskstats": "disks",
  "guest-network-get-interfaces": "interfaces",
  "guest-get-fsinfo": "file systems",
};
