/** What the Bun runtime in each executable is made of, as Bun's own page about licences says it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { project } from "./folders.ts";

export interface RuntimePart {
  readonly name: string;
  readonly url: string;
  /** In the page's words. */
  readonly licence: string;
  /** A number or a commit; the page's list has more than the runtime tells versions of. */
  readonly version?: string;
}

/** The page of the Bun that is pinned; the package with Bun's types brings it. */
const page = readFileSync(join(project, "node_modules/bun-types/docs/project/license.mdx"), "utf8");

/** How `process.versions` calls what the page calls otherwise. */
const versionKeys: Readonly<Record<string, string>> = {
  "c-ares": "ares",
  libicu: "icu",
  "lol-html": "lolhtml",
  "ls-hpack": "lshpack",
  picohttp: "picohttpparser",
  uSockets: "usockets",
  uWebsockets: "uwebsockets",
  "zlib-ng": "zlib",
};

/** What the page has no row for: it tells of the first in prose, and of the second nothing. */
const partsWithoutRow = [
  { name: "WebKit", url: "https://github.com/oven-sh/webkit", licence: "LGPL-2" },
  { name: "llhttp", url: "https://github.com/nodejs/llhttp", licence: "MIT" },
] as const;

const windowsOnly = "(on Windows)";

/** The libraries that are linked into Bun on Linux. @throws Error when the page cannot be read any more */
export function runtimeParts(): readonly RuntimePart[] {
  const rows = rowsOf("Linked libraries").filter(({ text }) => !text.endsWith(windowsOnly));
  return [...partsWithoutRow, ...rows].map(({ name, url, licence }) => {
    const version = process.versions[versionKeys[name] ?? name.toLowerCase()];
    return { name, url, licence, ...(version === undefined ? {} : { version }) };
  });
}

/** The packages that are built into Bun to stand for modules of Node's. @throws Error as above */
export function runtimePolyfills(): readonly RuntimePart[] {
  return rowsOf("Polyfills").map(({ name, url, licence }) => ({ name, url, licence }));
}

/** The page as it is, without the head that is for its site. */
export function runtimeLicencePage(): string {
  return page.replace(/^---\n.*?\n---\n\s*/s, "").trimEnd();
}

function rowsOf(heading: string) {
  const [, section = ""] = page.split(`## ${heading}\n`);
  const [table = ""] = section.split("\n## ");
  const rows = [...table.matchAll(/^\| (.*?\[(.+?)\]\((.+?)\).*?) +\| (.+?) +\|$/gm)].map(
    ([, text = "", title = "", url = "", licence = ""]) => ({
      text,
      name: title.replaceAll("`", ""),
      url,
      licence: licence.replace(/^\[(.+)\]\((.+)\)$/, "$1"),
    }),
  );
  if (rows.length === 0) throw new Error(`Bun's licence page has no table "${heading}"`);
  return rows;
}
