import { bytesText, shareText } from "../views/units.ts";
import { unknown } from "../views/view.ts";
import type { Screen } from "./draw.ts";
import { rateText } from "./draw-gauges.ts";
import type { DiskFigures, Figures, FileSystemFigures, InterfaceFigures } from "./figures.ts";
import { bar } from "./gauges.ts";
import { percentOf } from "./rates.ts";
import { type Block, type BlockColumn, block } from "./table.ts";

/** What numbers and bars of the widest table take, and the names may not. */
const othersWidth = 58;
const nameWidthMin = 9;
const nameWidthMax = 32;
const rateWidth = 12;

/** Interfaces, disks and file systems; those in use come first where not all are. */
export function tables(figures: Figures, { width }: Screen): Block[] {
  const nameWidth = Math.max(nameWidthMin, Math.min(nameWidthMax, width - othersWidth));
  const { interfaces, disks, fileSystems } = figures;
  return [
    block(interfaceColumns(nameWidth), interfaces?.filter(isCounted) ?? []),
    block(diskColumns(nameWidth), disks === null ? [] : wholeDisks(disks)),
    block(fileSystemColumns(nameWidth), fileSystems ?? []),
  ];
}

function isCounted({ receivedBytesPerSecond, sentBytesPerSecond }: InterfaceFigures): boolean {
  return receivedBytesPerSecond !== null || sentBytesPerSecond !== null;
}

/** Without partitions, whose figures are in those of the disk, and disks that nothing was ever read from. */
function wholeDisks(disks: readonly DiskFigures[]): DiskFigures[] {
  const names = new Set(disks.map(({ name }) => name));
  return disks.filter(({ name, isUsed }) => {
    const disk = /^(.+?)(?:(?<=\d)p)?\d+$/.exec(name)?.[1];
    return isUsed && (disk === undefined || !names.has(disk));
  });
}

function name<Item>(title: string, width: number, of: (item: Item) => string): BlockColumn<Item> {
  return { title, width, align: "left", cell: of };
}

function number<Item>(title: string, width: number, of: (item: Item) => string): BlockColumn<Item> {
  return { title, width, align: "right", cell: of };
}

function interfaceColumns(nameWidth: number): BlockColumn<InterfaceFigures>[] {
  return [
    name("INTERFACE", nameWidth, (each) => each.name),
    number("RECEIVED", rateWidth, (each) => rateText(each.receivedBytesPerSecond)),
    number("SENT", rateWidth, (each) => rateText(each.sentBytesPerSecond)),
    number("PACKETS IN", 10, (each) => countText(each.receivedPacketsPerSecond)),
    number("OUT", 8, (each) => countText(each.sentPacketsPerSecond)),
    number("LOST", 6, (each) => countText(each.lostPacketsPerSecond)),
  ];
}

function diskColumns(nameWidth: number): BlockColumn<DiskFigures>[] {
  return [
    name("DISK", nameWidth, (each) => each.name),
    number("READ", rateWidth, (each) => rateText(each.readBytesPerSecond)),
    number("WRITTEN", rateWidth, (each) => rateText(each.writtenBytesPerSecond)),
    number("READS", 10, (each) => countText(each.readsPerSecond)),
    number("WRITES", 8, (each) => countText(each.writesPerSecond)),
    number("BUSY", 6, (each) =>
      each.busyPercent === null ? unknown : `${each.busyPercent.toFixed(0)}%`,
    ),
  ];
}

const spaceBarWidth = 12;

function fileSystemColumns(nameWidth: number): BlockColumn<FileSystemFigures>[] {
  const shareOf = ({ usedBytes, totalBytes }: FileSystemFigures) =>
    usedBytes === null || totalBytes === null
      ? null
      : percentOf(Number(usedBytes), Number(totalBytes));
  return [
    name("MOUNTED ON", nameWidth, (each) => each.mountedOn),
    number("USED", rateWidth, (each) => bytesText(each.usedBytes ?? undefined)),
    number("SIZE", rateWidth, (each) => bytesText(each.totalBytes ?? undefined)),
    number("USE", 5, (each) =>
      shareText(each.usedBytes ?? undefined, each.totalBytes ?? undefined),
    ),
    {
      title: "",
      width: spaceBarWidth,
      align: "left",
      cell: (each) => bar(shareOf(each), spaceBarWidth),
    },
  ];
}

/** Of packets or requests a second. */
function countText(perSecond: number | null): string {
  return perSecond === null ? unknown : perSecond.toFixed(perSecond < 10 ? 1 : 0);
}
