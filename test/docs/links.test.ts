/** No link between documents leads nowhere. */
import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { guides, project, proseOf, readPage } from "./markdown.ts";

const pages = [
  ...guides,
  "ARCHITECTURE.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "bench/RESULTS.md",
];

interface Link {
  /** From the project's folder. */
  readonly path: string;
  readonly anchor: string;
}

/** Links into the project; others are nobody's to promise. */
function linksOf(page: string): Link[] {
  const targets = [...proseOf(readPage(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(
    ([, target = ""]) => target,
  );
  return targets
    .filter((target) => !/^\w+:/.test(target))
    .map((target) => {
      const [path = "", anchor = ""] = target.split("#");
      return { path: path === "" ? page : normalize(join(dirname(page), path)), anchor };
    });
}

/** How GitHub names headings: https://github.com/gjtorikian/html-pipeline, table of contents. */
function anchorsOf(page: string): string[] {
  const headings = [...proseOf(readPage(page)).matchAll(/^#+ (.*)$/gm)].map(
    ([, text = ""]) => text,
  );
  return headings.map((text) =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

test.each(pages)("%s has no dead link", (page) => {
  const dead = linksOf(page).filter(
    ({ path, anchor }) =>
      !existsSync(join(project, path)) || (anchor !== "" && !anchorsOf(path).includes(anchor)),
  );
  expect(dead).toEqual([]);
});

test("the index leads to every document", () => {
  const reached = linksOf("docs/README.md").map(({ path }) => path);
  const documents = guides.filter((page) => page.startsWith("docs/") && page !== "docs/README.md");
  expect(documents.filter((page) => !reached.includes(page))).toEqual([]);
});

test("a link is followed from the page that it stands on, and to its heading", () => {
  expect(linksOf("docs/image-builders.md")).toContainEqual({
    path: "docs/cloud-init.md",
    anchor: "proxmox-ve",
  });
  expect(anchorsOf("docs/cloud-init.md")).toContain("proxmox-ve");
});
