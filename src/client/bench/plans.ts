import type { Plan } from "./result.ts";

/** One sample of everything: tells whether the rows work, and nothing about speed. */
const smoke: Plan = { name: "smoke", rounds: 1, turnMs: 0, warmUpMs: 0, rowMsMax: 1_000 };
const quick: Plan = { name: "quick", rounds: 2, turnMs: 60, warmUpMs: 40, rowMsMax: 2_000 };
const usual: Plan = { name: "usual", rounds: 4, turnMs: 250, warmUpMs: 150, rowMsMax: 10_000 };
const full: Plan = { name: "full", rounds: 10, turnMs: 500, warmUpMs: 300, rowMsMax: 600_000 };

export const plans = { smoke, quick, usual, full } as const;
