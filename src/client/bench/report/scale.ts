/** From values to places on an axis. */
export interface Scale {
  place(value: number): number;
  readonly ticks: readonly number[];
}

const leadingDigits = [1, 2, 5];
/** What a label on the axis needs, along it. */
const tickRoom = { horizontal: 64, vertical: 26 };

/** By factors: from the round number below the lowest to the one above the highest. Takes no zero. */
export function logScale(values: readonly number[], from: number, to: number): Scale {
  const room = from < to ? tickRoom.horizontal : tickRoom.vertical;
  const ticksMax = Math.abs(to - from) / room;
  const low = roundBelow(Math.min(...values));
  const high = roundAbove(Math.max(...values), low);
  const place = (value: number) =>
    from + ((Math.log(value) - Math.log(low)) / (Math.log(high) - Math.log(low))) * (to - from);
  return { place, ticks: logTicks(low, high, ticksMax) };
}

/** From zero to the round number above the highest value. */
export function linearScale(highest: number, from: number, to: number, step: number): Scale {
  const high = Math.max(1, Math.ceil(highest / step)) * step;
  const ticks = Array.from({ length: Math.round(high / step) + 1 }, (_, index) => index * step);
  return { place: (value) => from + (value / high) * (to - from), ticks };
}

function roundBelow(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const digit = leadingDigits.findLast((candidate) => candidate * power <= value * (1 + 1e-9));
  return (digit ?? 1) * power;
}

function roundAbove(value: number, low: number): number {
  const below = roundBelow(value);
  if (below >= value && below > low) return below;
  return roundBelow(below * 2.5);
}

function logTicks(low: number, high: number, ticksMax: number): number[] {
  const decades = Math.log10(high / low);
  const digits = decades * leadingDigits.length > ticksMax ? [1] : leadingDigits;
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const digit of digits) {
      const tick = digit * 10 ** power;
      if (tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) ticks.push(tick);
    }
  }
  return ticks;
}
