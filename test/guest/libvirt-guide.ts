import { readFileSync } from "node:fs";
import { join } from "node:path";

/** docs/libvirt.md, whose command lines and XML the test uses as they stand there, each of them. */
export class LibvirtGuide {
  readonly #lines: ReadonlySet<string>;
  readonly #used = new Set<string>();
  /** Its pieces of a domain's XML. */
  readonly xml: readonly string[];

  constructor() {
    const text = readFileSync(join(import.meta.dir, "../../docs/libvirt.md"), "utf8");
    this.#lines = new Set(blocks(text, "sh").flatMap((block) => block.trimEnd().split("\n")));
    this.xml = blocks(text, "xml");
  }

  /** The lines that begin so. */
  linesOf(start: string): string[] {
    return [...this.#lines].filter((line) => line.startsWith(start));
  }

  /** The line itself, which is used from now on. @throws when the guide does not have it */
  line(line: string): string {
    if (!this.#lines.has(line)) throw new Error(`docs/libvirt.md does not have: ${line}`);
    this.#used.add(line);
    return line;
  }

  /** The lines nobody asked for. */
  get unused(): string[] {
    return [...this.#lines].filter((line) => !this.#used.has(line));
  }
}

function blocks(markdown: string, language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms");
  return [...markdown.matchAll(fence)].map(([, block = ""]) => block);
}
