/** What is shown of a guest: lines of text, made of what was watched and nothing else. */
import { durationText } from "../views/units.ts";
import { cpuLines, memoryLines, networkLine, pressureLine } from "./draw-gauges.ts";
import { tables } from "./draw-tables.ts";
import { fitted, guestText, type Line, span } from "./drawing-line.ts";
import type { Characters } from "./gauges.ts";
import { stacked } from "./table.ts";
import { lackText, type Watched } from "./watcher.ts";

export interface Screen {
  /** In columns and lines. */
  readonly width: number;
  /** Infinity for as many lines as it takes. */
  readonly height: number;
  readonly characters: Characters;
  /** Whether what was before is shown, too. */
  readonly withHistory: boolean;
}

export interface Scene {
  readonly target: string;
  readonly watched: Watched | null;
  readonly intervalMs: number;
  /** How long the agent has been silent about the next sample; null while none is waited for. */
  readonly waitingMs: number | null;
  readonly isPaused: boolean;
}

/** Of a list that is shown in one line. */
const listedMax = 100;
const targetWidthMax = 40;

/** @returns at most `height` lines of at most `width` columns, without control characters */
export function draw(scene: Scene, screen: Screen): Line[] {
  const { watched } = scene;
  const top = [titleLine(scene), ...troubleLines(scene)];
  const figures = watched?.figures ?? null;
  if (watched !== null && figures !== null) {
    top.push(
      ...cpuLines(watched, figures, screen),
      ...memoryLines(figures, screen),
      ...networkLine(watched, figures, screen),
      ...pressureLine(figures),
      ...listLine("Failed", figures.failedUnits, "bad"),
      ...noteLines(watched),
    );
  }
  const lines =
    figures === null
      ? top
      : [...top, ...stacked(tables(figures, screen), screen.height - top.length)];
  return lines.slice(0, screen.height).map((line) => fitted(line, screen.width));
}

function titleLine({ target, watched, intervalMs, isPaused }: Scene): Line {
  const { load = null, uptimeMs = null, processes = null } = watched?.figures ?? {};
  const parts = [
    watched === null ? "" : clockText(watched.timeMs),
    uptimeMs === null ? "" : `up ${durationText(uptimeMs)}`,
    load === null ? "" : `load ${load.map((each) => each.toFixed(2)).join(" ")}`,
    processes === null ? "" : `${processes.running} of ${processes.total} threads run`,
    isPaused ? "paused" : `every ${intervalMs / 1000} s`,
  ];
  const name = guestText(target, Math.min(targetWidthMax, Bun.stringWidth(target)));
  return [
    span(name.trimEnd(), "strong"),
    span(`  ${parts.filter((part) => part !== "").join("  ")}`),
  ];
}

function clockText(timeMs: number): string {
  const date = new Date(timeMs);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
}

/** What keeps it from being up to date. */
function troubleLines({ watched, intervalMs, waitingMs }: Scene): Line[] {
  const lines: Line[] = [];
  const standing = watched?.standing;
  if (standing !== undefined && standing.kind !== "answers") {
    lines.push([span(`The agent ${troubles[standing.kind]}: ${guestLine(standing.why)}`, "bad")]);
  } else if (standing !== undefined && standing.tookMs > intervalMs) {
    lines.push([span(`The agent is slow: it took ${secondsText(standing.tookMs)}`, "warning")]);
  }
  if (waitingMs !== null && waitingMs > intervalMs) {
    lines.push([span(`Waiting for an answer for ${secondsText(waitingMs)}`, "warning")]);
  }
  if (watched === null && lines.length === 0) lines.push([span("Looking ...", "muted")]);
  if (watched?.figures?.hasRestarted === true) {
    lines.push([span("The guest has started anew", "warning")]);
  }
  return lines;
}

const troubles = { absent: "is absent", silent: "is silent", refuses: "refuses" } as const;

function secondsText(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function noteLines({ lacking, refusals }: Watched): Line[] {
  const lack = lackText(lacking);
  const notes = [...(lack === null ? [] : [lack]), ...refusals];
  return listLine("Note", notes.length === 0 ? null : notes, "muted");
}

function listLine(
  title: string,
  list: readonly string[] | null,
  emphasis: "bad" | "muted",
): Line[] {
  if (list === null || list.length === 0) return [];
  const shown = list
    .slice(0, listedMax)
    .map(guestLine)
    .join(title === "Note" ? "; " : " ");
  return [[span(guestText(title, labelWidth), "strong"), span(shown, emphasis)]];
}

/** As wide as the labels of gauges. */
const labelWidth = 9;
const lineCharsMax = 500;

/** Text of the guest's in a line that is cut later. */
function guestLine(text: string): string {
  return guestText(text, lineCharsMax).trimEnd();
}
