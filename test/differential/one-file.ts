import { appendFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import type { Case, Step } from "./case.ts";
import { close, open, opened } from "./file-steps.ts";
import { done, refused } from "./words.ts";

// What the cases about reading, writing and seeking share: one open file, "f" in the working folder.

/** Opens "f" (ten digits, unless `setUp` says otherwise), plays the steps, closes it. */
export function onFile(
  name: string,
  mode: string,
  steps: Step[],
  replies: string[],
  setUp = ten,
): Case {
  return {
    name,
    setUp,
    steps: [open("f", mode), ...steps, close()],
    replies: [opened, ...replies, done],
  };
}

function ten(work: string): void {
  writeFileSync(`${work}/f`, "0123456789", { mode: 0o644 });
}

/** Fills "f" with the letters a to h, 2048 times. */
export function blocks(work: string): void {
  writeFileSync(`${work}/f`, alphabet.slice(0, 16_384), { mode: 0o644 });
}

export const alphabet = "abcdefgh".repeat(4096);
export const everyByte = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i));

/** Takes only numbers, so that the kernel refuses what is written when the buffer leaves. */
export const refusing = "/proc/self/oom_score_adj";

export const look: Step = { look: "f" };

export function seen(text: string): string {
  return `f: ${text.length} bytes, mode 644, ${JSON.stringify(text)}`;
}

/** Notes how many bytes have reached the file. */
export function size(): Step {
  return { act: ({ work }) => `${readFileSync(`${work}/f`).length} bytes in the file` };
}

export function grow(): Step {
  return {
    act: ({ work }) => {
      appendFileSync(`${work}/f`, "MORE");
      return undefined;
    },
  };
}

export function cut(bytes: number): Step {
  return {
    act: ({ work }) => {
      truncateSync(`${work}/f`, bytes);
      return undefined;
    },
  };
}

export function badCount(count: number | string): string {
  return refused(`value '${count}' is invalid for argument count`);
}
