/** The documents of the project, as far as tests look into them. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const project = resolve(import.meta.dirname, "../..");

/** What readers are sent to, by their paths in the project. */
export const guides: readonly string[] = [
  "README.md",
  ...readdirSync(join(project, "docs"))
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => `docs/${name}`),
];

export function readPage(page: string): string {
  return readFileSync(join(project, page), "utf8");
}

export interface Block {
  /** What stands behind the fence; empty when nothing does. */
  readonly language: string;
  readonly text: string;
  /** Of its fence, from 1. */
  readonly line: number;
}

export function blocksOf(text: string): Block[] {
  return [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(
    ({ 1: language = "", 2: content = "", index }) => ({
      language,
      text: content,
      line: text.slice(0, index).split("\n").length,
    }),
  );
}

/** What is not in a block. */
export function proseOf(text: string): string {
  return text.replaceAll(/^```.*\n[\s\S]*?^```$/gm, "");
}

/** What stands between backticks in the prose. */
export function inlineCode(text: string): string[] {
  return [...proseOf(text).matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
}

/** The commands of a block that shows a shell, one each, without the remarks behind them. */
export function commandsOf({ language, text }: Block): string[] {
  const lines = text.replaceAll(/\\\n\s*/g, " ").split("\n");
  const typed =
    language === "console"
      ? lines.filter((line) => line.startsWith("$ ")).map((line) => line.slice("$ ".length))
      : lines;
  return typed
    .map((line) => line.replace(/(?:^|\s{2,})#.*$/, "").trim())
    .filter((line) => line !== "");
}
