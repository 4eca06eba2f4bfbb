import { label, legend, line, sideOf, widthOf } from "../../src/client/bench/report/drawing.ts";
import { element, escaped } from "../../src/client/bench/report/markup.ts";
import { linearScale } from "../../src/client/bench/report/scale.ts";
import { style } from "../../src/client/bench/report/style.ts";
import type { Sample } from "./sample.ts";
import type { SoakResult } from "./soak.ts";

const width = 760;
const panelHeight = 200;
const panelGap = 62;
const top = 44;
/** Half of the last minute's label is beyond its place. */
const lastLabelRoom = 32;
const kibPerMib = 1024;
/** Axes have about so many lines. */
const ticksWanted = 5;

interface Panel {
  readonly title: string;
  readonly unit: string;
  figureOf(sample: Sample): number;
}

const panels: readonly Panel[] = [
  {
    title: "anonymous memory (RssAnon)",
    unit: "MiB",
    figureOf: ({ anonymousKiB }) => anonymousKiB / kibPerMib,
  },
  {
    title: "resident memory (VmRSS), the executable's own pages among it",
    unit: "MiB",
    figureOf: ({ residentKiB }) => residentKiB / kibPerMib,
  },
  { title: "open descriptors", unit: "", figureOf: ({ descriptors }) => descriptors },
];

/** The samples of all agents over time, one panel below the other; readable on light and on dark pages. */
export function soakPlot(result: SoakResult): string {
  const height = top + panels.length * (panelHeight + panelGap);
  const names = result.agents.map(({ name }) => name);
  const marks = panels.map((panel, index) =>
    panelMarks(result, panel, top + index * (panelHeight + panelGap)),
  );
  const svgStyle = style.slice(0, style.indexOf("* {")).concat(
    style
      .split("\n")
      .filter((rule) => rule.startsWith("svg ") && !rule.startsWith("svg {"))
      .map((rule) => rule.replace("svg ", ""))
      .join("\n"),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
${element("title", {}, escaped(`${names.join(" and ")} polled for ${result.plan.minutes} minutes`))}
<style>${svgStyle}
text { font-family: system-ui, "Segoe UI", "Liberation Sans", sans-serif; }
.page { fill: var(--page); }</style>
<rect class="page" width="${width}" height="${height}" rx="8"/>
${legend(70, 20, names)}
${marks.join("\n")}
</svg>
`;
}

function panelMarks(result: SoakResult, { title, unit, figureOf }: Panel, from: number): string {
  const to = from + panelHeight;
  const left = widthOf(["000 MiB"]) + 16;
  const right = width - lastLabelRoom;
  const seconds = Math.max(
    ...result.agents.flatMap(({ samples }) => samples.map((s) => s.seconds)),
  );
  const highest = Math.max(...result.agents.flatMap(({ samples }) => samples.map(figureOf)));
  const y = linearScale(highest, to, from + 20, roundStep(highest / ticksWanted));
  const x = (at: number) => left + (at / seconds) * (right - left);
  const minuteStep = roundStep(seconds / 60 / (2 * ticksWanted));
  const minutes = Array.from(
    { length: Math.floor(seconds / 60 / minuteStep) + 1 },
    (_, index) => index * minuteStep,
  );
  return [
    label(left, from + 4, title, { kind: "strong" }),
    ...y.ticks.map(
      (tick) =>
        line(left, y.place(tick), right, y.place(tick), "grid") +
        label(left - 8, y.place(tick), `${tick} ${unit}`.trim(), { anchor: "end", kind: "muted" }),
    ),
    ...minutes.map((minute) =>
      label(x(minute * 60), to + 16, `${minute} min`, { anchor: "middle", kind: "muted" }),
    ),
    ...result.agents.map(({ samples }, agent) =>
      element("polyline", {
        points: samples
          .map((each) => `${x(each.seconds).toFixed(1)},${y.place(figureOf(each)).toFixed(1)}`)
          .join(" "),
        class: `${sideOf(agent)}-line`,
      }),
    ),
  ].join("\n");
}

/** 1, 2 or 5 times a power of ten, not below the value. */
function roundStep(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((digit) => digit * power >= value * (1 - 1e-9)) ?? 10) * power;
}
