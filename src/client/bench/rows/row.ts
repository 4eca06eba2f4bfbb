import type { BenchedAgent } from "../benched-agent.ts";

export const families = [
  "requests",
  "files",
  "recovery",
  "programs",
  "information",
  "memory",
] as const;
export type Family = (typeof families)[number];

export type Unit = "ns" | "bytes";

/** A number that every sample has. Less is better. */
export interface Figure {
  readonly name: string;
  readonly unit: Unit;
}

/** One thing to be measured. */
export interface Row {
  /** As `--only` takes it. */
  readonly name: string;
  readonly family: Family;
  /** A few words, for plots and tables; with its family it says which row it is. */
  readonly label: string;
  readonly title: string;
  /** The first is the one that agents are compared by. */
  readonly figures: readonly [Figure, ...Figure[]];
  /** What one sample gets through: with it a time is also a rate. */
  readonly work?: { readonly amount: number; readonly unit: "bytes" | "requests" };
  /** Commands that have to be enabled. */
  readonly commands: readonly string[];
  /** Left out under --read-only. */
  readonly changesGuest?: true;
  /** The agent's process has to be on this machine. */
  readonly localProcess?: true;
  readonly turnSamplesMax?: number;
  /** A row of which one sample takes a known part of the time; what would take too long is told by it beforehand. */
  readonly smaller?: { readonly row: string; readonly times: number };
  /** Checks that the agent does it right, before it is asked how fast. @throws AgentError where it refuses */
  prepare(agent: BenchedAgent): Promise<Probe>;
}

/** A row made ready with one agent. */
export interface Probe {
  /** One value a figure. */
  sample(): Promise<readonly number[]>;
  /** Gives back what `prepare` took. */
  close?(): Promise<void>;
}

export const timeFigure: Figure = { name: "time", unit: "ns" };

/** Sizes of files, in powers of two as blocks and buffers are. */
export const KiB = 1024;
export const MiB = 1024 * KiB;
