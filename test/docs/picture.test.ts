/** The picture of the readme: what `npm start` says, as a browser shows it. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { conversationPicture, conversationText, picturePath } from "../../scripts/picture.ts";
import { Chromium, needsChromium, noChromium } from "../bench/chromium.ts";
import { project } from "./markdown.ts";

setDefaultTimeout(120_000);

const picture = () => readFileSync(join(project, picturePath), "utf8");
/** WCAG 2.2, 1.4.3 for text of any size. */
const contrastMin = 4.5;

/** The lines without what is another one each time, such as times and ids. */
function steps(svg: string): string[] {
  return [...svg.matchAll(/<text class="(\w+)"[^>]*>(.*)<\/text>/g)].map(([, tone, text = ""]) => {
    if (tone === "strong" || tone === "muted") return text.replaceAll(/\d+\.\d+/g, "N");
    return `${tone} ${/"execute":"[^"]*"/.exec(text)?.[0] ?? ""}`;
  });
}

test("the picture is of what npm start says", async () => {
  const today = steps(conversationPicture(await conversationText()));
  expect(today.length).toBeGreaterThan(20);
  expect(steps(picture())).toEqual(today);
});

test("the picture is shown on the first screen, and asks nothing of a network", () => {
  const [, firstScreen = ""] =
    /^([\s\S]*?)\n## /.exec(readFileSync(join(project, "README.md"), "utf8")) ?? [];
  expect(firstScreen).toContain(`](${picturePath})`);
  expect(picture().replace('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(
    /https?:|url\(|href/,
  );
});

interface Seen {
  readonly text: string;
  readonly contrast: number;
  readonly isInside: boolean;
}

const seen = `(() => {
  const luminance = (color) => {
    const channels = color.match(/[0-9.]+/g).slice(0, 3).map((channel) => {
      const share = channel / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2];
  };
  const screen = document.querySelector(".screen");
  const frame = screen.getBoundingClientRect();
  const ground = luminance(getComputedStyle(screen).fill);
  return [...document.querySelectorAll("text")].map((element) => {
    const ink = luminance(getComputedStyle(element).fill);
    const box = element.getBoundingClientRect();
    return {
      text: element.textContent,
      contrast: (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05),
      isInside: box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom,
    };
  });
})()`;

describe.skipIf(noChromium)(`the picture in a browser${needsChromium}`, () => {
  let browser: Chromium;

  beforeAll(async () => {
    if (!noChromium) browser = await Chromium.start();
  });

  afterAll(async () => {
    if (!noChromium) await browser[Symbol.asyncDispose]();
  });

  const grounds = new Set<string>();

  test.each(["light", "dark"] as const)("is readable on a %s page", async (scheme) => {
    await browser.open(`file://${join(project, picturePath)}`, { width: 900, height: 800, scheme });
    const texts = await browser.evaluate<Seen[]>(seen);
    expect(texts.length).toBe(steps(picture()).length);
    expect(texts.filter(({ contrast }) => contrast < contrastMin)).toEqual([]);
    expect(texts.filter(({ isInside }) => !isInside)).toEqual([]);
    grounds.add(await browser.evaluate("getComputedStyle(document.querySelector('.screen')).fill"));
    expect(browser.complaints).toEqual([]);
  });

  test("has a ground of its own for each", () => {
    expect(grounds.size).toBe(2);
  });
});
