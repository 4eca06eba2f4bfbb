/** Writes docs/first-conversation.svg, the picture of the readme, from a run of `npm start`: `npm run picture`. */
import { join } from "node:path";
import { type TerminalLine, type Tone, terminalPicture } from "./terminal-picture.ts";

const project = join(import.meta.dirname, "..");
export const picturePath = "docs/first-conversation.svg";

/** The last thing that is said before it serves; it names a folder that is gone afterwards. */
const servingLine = /^Serving on .*\n/m;

/** What `npm start` says, without the build's line, until it serves. It is ended then. */
export async function conversationText(): Promise<string> {
  const child = Bun.spawn([process.execPath, join(project, "scripts/start.ts")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of child.stdout) {
    text += decoder.decode(chunk, { stream: true });
    if (servingLine.test(text)) child.kill("SIGINT");
  }
  const status = await child.exited;
  if (status !== 0) throw new Error(`npm start ended with status ${status}:\n${text}`);
  const [told = ""] = text.split(servingLine);
  return told.replace(/^.*\n\n/, "").trimEnd();
}

function toneOf(line: string): Tone {
  if (line.startsWith("  > ")) return "sent";
  if (line.startsWith("  < ")) return "received";
  if (line.startsWith("  = ")) return "muted";
  return line.startsWith(" ") ? "plain" : "strong";
}

export function conversationPicture(text: string): string {
  const lines = text.split("\n").map((line): TerminalLine => ({ text: line, tone: toneOf(line) }));
  const prompt: TerminalLine[] = [
    { text: "$ npm start", tone: "plain" },
    { text: "", tone: "plain" },
  ];
  return terminalPicture("The output of npm start: a conversation with the agent", [
    ...prompt,
    ...lines,
  ]);
}

if (import.meta.main) {
  await Bun.write(join(project, picturePath), conversationPicture(await conversationText()));
  console.log(picturePath);
}
