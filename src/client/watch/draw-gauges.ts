import { bytesText } from "../views/units.ts";
import { unknown } from "../views/view.ts";
import type { CpuFigures } from "./cpu.ts";
import type { Screen } from "./draw.ts";
import { type Line, type Span, span } from "./drawing-line.ts";
import type { Figures } from "./figures.ts";
import { bar, emphasisOf, sparkline } from "./gauges.ts";
import { percentOf } from "./rates.ts";
import { totalOf, type Watched } from "./watcher.ts";

const labelWidth = 9;
const barWidthMax = 32;
const barWidthMin = 8;
const percentWidth = 7;

function label(text: string): Span {
  return span(text.padEnd(labelWidth), "strong");
}

function barWidth({ width }: Screen): number {
  return Math.min(barWidthMax, Math.max(barWidthMin, Math.floor(width / 3)));
}

function gauge(name: string, percent: number | null, screen: Screen): Span[] {
  const text = percent === null ? unknown : `${percent.toFixed(1)}%`;
  return [
    label(name),
    ...bar(percent, barWidth(screen)),
    span(text.padStart(percentWidth), emphasisOf(percent)),
  ];
}

/** All processors in one line with where their time goes and where it went; then each, where that fits. */
export function cpuLines(watched: Watched, { cpu }: Figures, screen: Screen): Line[] {
  if (cpu === null) return [];
  const { all } = cpu;
  const parts =
    all === null
      ? ""
      : (["user", "system", "iowait", "steal"] as const)
          .map((kind) => `  ${kind} ${all[kind].toFixed(0).padStart(3)}%`)
          .join("");
  const lines: Line[] = [[...gauge("CPU", all?.busy ?? null, screen), span(parts)]];
  const left = screen.width - labelWidth;
  if (screen.withHistory && screen.height >= historyHeightMin && left > 0) {
    const { busyPercent } = watched.history;
    const past = sparkline(busyPercent, left, 100, screen.characters);
    lines.push([label(""), span(past, "good")]);
  }
  return [...lines, ...processorLines(cpu, screen)];
}

/** Lines of a screen with one to spare. */
const historyHeightMin = 16;
const processorWidth = 24;
const processorBarWidth = 12;
/** Of the lines of a screen, for the processors one by one. */
const processorLinesShare = 1 / 4;
const processorLinesMax = 16;

function processorLines({ processors }: CpuFigures, { width, height }: Screen): Line[] {
  if (processors.length < 2) return [];
  const columns = Math.max(1, Math.floor(width / processorWidth));
  const count = Math.ceil(processors.length / columns);
  if (count > Math.min(processorLinesMax, height * processorLinesShare)) return [];
  return Array.from({ length: count }, (_, row) =>
    processors.slice(row * columns, (row + 1) * columns).flatMap(({ cpu, shares }) => {
      const percent = shares?.busy ?? null;
      const text = percent === null ? unknown : `${percent.toFixed(0)}%`;
      return [
        span(String(cpu).slice(0, 4).padStart(4), "muted"),
        span(" "),
        ...bar(percent, processorBarWidth),
        span(text.padStart(5), emphasisOf(percent)),
        span("  "),
      ];
    }),
  );
}

export function memoryLines({ memory, swap }: Figures, screen: Screen): Line[] {
  const lines: Line[] = [];
  if (memory !== null) {
    const used = percentOf(Number(memory.total - memory.available), Number(memory.total));
    lines.push([
      ...gauge("Memory", used, screen),
      span(
        `  ${bytesText(memory.available)} of ${bytesText(memory.total)} available, ${bytesText(memory.cached)} cached`,
      ),
    ]);
  }
  if (swap !== null && swap.total > 0n) {
    const used = percentOf(Number(swap.total - swap.free), Number(swap.total));
    lines.push([
      ...gauge("Swap", used, screen),
      span(`  ${bytesText(swap.free)} of ${bytesText(swap.total)} free`),
    ]);
  }
  return lines;
}

const rateWidth = 13;

export function networkLine(watched: Watched, figures: Figures, screen: Screen): Line[] {
  if (figures.interfaces === null) return [];
  const { received, sent } = watched.history;
  const ways = [
    ["in", totalOf(figures, "receivedBytesPerSecond"), received],
    ["out", totalOf(figures, "sentBytesPerSecond"), sent],
  ] as const;
  const room = Math.floor((screen.width - labelWidth) / ways.length);
  const line: Span[] = [label("Network")];
  for (const [name, rate, history] of ways) {
    const text = `${name.padEnd(3)}${rateText(rate).padStart(rateWidth)}  `;
    line.push(span(text));
    if (!screen.withHistory || room <= text.length + 2) continue;
    const wide = room - text.length - 2;
    line.push(span(sparkline(history, wide, null, screen.characters), "good"), span("  "));
  }
  return [line];
}

export function pressureLine({ pressure }: Figures): Line[] {
  if (pressure === null) return [];
  const spans = (["cpu", "io", "memory"] as const).flatMap((each) => {
    const { someAvg10: some, fullAvg10: all } = pressure[each];
    const text = `${each} ${some.toFixed(1)}%${all === null ? "" : ` (all ${all.toFixed(1)}%)`}  `;
    return [span(text, some >= 1 ? emphasisOf(some) : "plain")];
  });
  return [[label("Pressure"), ...spans, span("waited in the last 10 s", "muted")]];
}

/** Such as `1.5 MiB/s`. */
export function rateText(bytesPerSecond: number | null): string {
  return bytesPerSecond === null ? unknown : `${bytesText(BigInt(Math.round(bytesPerSecond)))}/s`;
}
