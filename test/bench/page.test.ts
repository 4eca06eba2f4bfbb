/** The report as text: what stands in it, and that it needs nothing but itself. */
import { describe, expect, test } from "bun:test";
import { reportPage } from "../../src/client/bench/report/page.ts";
import { rows } from "../../src/client/bench/rows/all.ts";
import { formatValue } from "../../src/client/bench/units.ts";
import { sampleResult } from "./sample-result.ts";

const result = sampleResult("guestwire", "qemu-ga");
const page = reportPage(result);

describe("the report", () => {
  test("has every row, with its median and its ratio", () => {
    for (const { label, outcomes } of result.rows) {
      expect(page).toContain(`>${label}</th>`);
      for (const outcome of outcomes) {
        if (outcome.kind !== "measured") continue;
        const [{ summary, unit }] = outcome.series;
        expect(page).toContain(`<td>${formatValue(summary.median, unit)}</td>`);
      }
    }
    expect(page.match(/<tbody>/g)).toHaveLength(rows.length);
    expect(page).toContain("left out: 2 samples would take 154 s");
    expect(page).toContain("≈1235×");
  });

  test("draws with words for those who do not see it", () => {
    const drawings = page.match(/<svg .*?<\/svg>/gs) ?? [];
    // Ratios, pings, reads, writes, and bars of four families.
    expect(drawings).toHaveLength(8);
    for (const drawing of drawings) {
      const id = /aria-labelledby="([^"]+)"/.exec(drawing)?.[1];
      expect(drawing).toMatch(new RegExp(`<title id="${id}">[^<]+</title>`));
      const description = /aria-describedby="([^"]+)"/.exec(drawing)?.[1];
      expect(drawing).toMatch(new RegExp(`<desc id="${description}">[^<]+</desc>`));
      expect(drawing).not.toMatch(/NaN|Infinity|undefined|null/);
    }
  });

  test("asks the network for nothing and runs nothing", () => {
    expect(page).not.toMatch(/<(script|link|img|iframe|object|embed)\b/);
    expect(page).not.toMatch(/\b(src|href|style|on[a-z]+)=/);
    expect(page).not.toMatch(/url\(|@import|https?:/);
  });

  test("has ids once", () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("of one agent compares nothing", () => {
    const alone = reportPage(sampleResult("qemu-ga"));
    expect(alone).not.toContain("At a glance");
    expect(alone).not.toContain(">ratio</th>");
    expect(alone).not.toMatch(/NaN|undefined|\bnull\b/);
  });

  test("of a few rows has the sections of these alone", () => {
    const few = {
      ...result,
      rows: result.rows.filter(({ name }) => name === "osinfo" || name === "file-open"),
    };
    const sections = [...reportPage(few).matchAll(/<h2>([^<]+)<\/h2>/g)].map(([, title]) => title);
    expect(sections).toEqual(["At a glance", "Files", "Information", "Method"]);
  });

  test("takes an agent's words as words", () => {
    const hostile = `<script>alert("x")</script>&'\``;
    const harmed = reportPage(sampleResult(hostile, "b"));
    expect(harmed).not.toContain("<script");
    expect(harmed).toContain("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;");
  });
});
