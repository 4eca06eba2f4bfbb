/** The report as a browser shows it. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { reportPage } from "../../src/client/bench/report/page.ts";
import { Scratch } from "../process/scratch.ts";
import { Chromium, needsChromium, noChromium } from "./chromium.ts";
import { sampleResult } from "./sample-result.ts";

setDefaultTimeout(120_000);

const desktop = { width: 1280, height: 900 };
const looks = [
  ["a desktop", desktop],
  ["a tablet", { width: 800, height: 1100 }],
  ["a phone", { width: 390, height: 800 }],
] as const;
/** Texts may touch by the rounding of a font. */
const touchPx = 2;
/** WCAG 2.2, 1.4.3 for text of any size. */
const contrastMin = 4.5;

interface Box {
  readonly text: string;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Each drawing's own box, and those of the texts in it. */
const drawingBoxes = `[...document.querySelectorAll("svg")].map((svg) => {
  const boxOf = (element) => {
    const { left, top, right, bottom } = element.getBoundingClientRect();
    return { text: element.textContent, left, top, right, bottom };
  };
  return { frame: boxOf(svg), texts: [...svg.querySelectorAll("text")].map(boxOf) };
})`;

/** The contrast of each kind of text with the page, by WCAG's formula. */
const contrasts = `(() => {
  const luminance = (color) => {
    const channels = color.match(/[0-9.]+/g).slice(0, 3).map((channel) => {
      const share = channel / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2];
  };
  const page = luminance(getComputedStyle(document.body).backgroundColor);
  const kinds = ["body", "dt", "figcaption", "td.first", "td.second", "td.even", "td.aside", "svg text",
    "svg text.muted", "svg text.first", "svg text.second", "svg text.even"];
  return kinds.map((kind) => {
    const element = document.querySelector(kind);
    if (element === null) return [kind, 0];
    const style = getComputedStyle(element);
    const ink = luminance(kind.startsWith("svg") ? style.fill : style.color);
    return [kind, (Math.max(ink, page) + 0.05) / (Math.min(ink, page) + 0.05)];
  });
})()`;

describe.skipIf(noChromium)(`the report in a browser${needsChromium}`, () => {
  let browser: Chromium;
  let scratch: Scratch;
  let url: string;

  function pageOf(...names: readonly string[]): string {
    const path = scratch.file(`${names.length}-${names.join("").length}.html`);
    writeFileSync(path, reportPage(sampleResult(...names)));
    return `file://${path}`;
  }

  beforeAll(async () => {
    if (noChromium) return;
    scratch = new Scratch();
    url = pageOf("guestwire", "qemu-ga");
    browser = await Chromium.start();
  });

  afterAll(async () => {
    if (noChromium) return;
    await browser[Symbol.asyncDispose]();
    scratch[Symbol.dispose]();
  });

  test("asks for nothing but itself, and the browser finds nothing wrong", async () => {
    await browser.open(url, desktop);
    expect(browser.requests).toEqual([url]);
    expect(browser.complaints).toEqual([]);
  });

  test("what an agent calls itself does nothing", async () => {
    const hostile = `<script>document.title = "harmed"</script><img src="file:///etc/hostname">`;
    const harmed = pageOf(hostile, "b");
    await browser.open(harmed, desktop);
    expect(browser.requests).toEqual([harmed]);
    expect(await browser.evaluate<number>("document.querySelectorAll('script, img').length")).toBe(
      0,
    );
    expect(await browser.evaluate<string>("document.title")).toContain(hostile);
  });

  test.each(looks)("is no wider than %s", async (_, look) => {
    await browser.open(url, look);
    const width = await browser.evaluate<number>("document.documentElement.scrollWidth");
    expect(width).toBeLessThanOrEqual(look.width);
  });

  test("its tables fit a desktop without scrolling", async () => {
    await browser.open(url, desktop);
    const overhangs = await browser.evaluate<number[]>(
      `[...document.querySelectorAll(".wide")].map((frame) => frame.scrollWidth - frame.clientWidth)`,
    );
    expect(overhangs.filter((px) => px > 0)).toEqual([]);
  });

  test.each([
    ["two agents", ["guestwire", "qemu-ga"]],
    ["one agent", ["guestwire"]],
    ["long names", ["guestwire-of-the-next-release", "/var/run/qemu-server/100.qga"]],
  ])("drawings of %s have a size, and texts that are inside and apart", async (_, names) => {
    await browser.open(pageOf(...names), desktop);
    const drawings = await browser.evaluate<{ frame: Box; texts: Box[] }[]>(drawingBoxes);
    expect(drawings.length).toBeGreaterThan(4);
    for (const { frame, texts } of drawings) {
      expect(frame.right - frame.left).toBeGreaterThan(300);
      expect(frame.bottom - frame.top).toBeGreaterThan(60);
      expect(texts.length).toBeGreaterThan(4);
      const outside = texts.filter(
        ({ left, top, right, bottom }) =>
          left < frame.left || top < frame.top || right > frame.right || bottom > frame.bottom,
      );
      expect(outside.map(({ text }) => text)).toEqual([]);
      const overlapping = texts.flatMap((one, index) =>
        texts
          .slice(index + 1)
          .filter((other) => overlap(one, other))
          .map(({ text }) => [one.text, text]),
      );
      expect(overlapping).toEqual([]);
    }
  });

  test("light and dark differ, and can be read", async () => {
    const shots: Buffer[] = [];
    for (const scheme of ["light", "dark"] as const) {
      await browser.open(url, { ...desktop, scheme });
      shots.push(await browser.screenshot());
      for (const [kind, contrast] of await browser.evaluate<[string, number][]>(contrasts)) {
        expect(`${scheme} ${kind}: ${contrast >= contrastMin || contrast}`).toBe(
          `${scheme} ${kind}: true`,
        );
      }
    }
    expect(shots[0]?.equals(shots[1] as Buffer)).toBe(false);
  });

  test("prints on paper, dark as it may be on the screen", async () => {
    await browser.open(url, { width: 794, height: 1123, scheme: "dark", media: "print" });
    const width = await browser.evaluate<number>("document.documentElement.scrollWidth");
    expect(width).toBeLessThanOrEqual(794);
    const background = "getComputedStyle(document.body).backgroundColor";
    expect(await browser.evaluate<string>(background)).toBe("rgb(255, 255, 255)");
    const pdf = await browser.pdf();
    expect(pdf.toString("latin1", 0, 5)).toBe("%PDF-");
    expect(pdf.toString("latin1").match(/\/Type \/Page\b/g)?.length).toBeGreaterThan(2);
  });
});

function overlap(one: Box, other: Box): boolean {
  const width = Math.min(one.right, other.right) - Math.max(one.left, other.left);
  const height = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
  // Lines of text are higher than what is written in them.
  return width > touchPx && height > (one.bottom - one.top) / 2;
}
