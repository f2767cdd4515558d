/** From numbers to places in a picture, and the numbers that stand at its edge. */

export interface Scale {
  (value: number): number;
  /** The number at a place. */
  at: (place: number) => number;
}

export function scale([low, high]: readonly [number, number], [from, to]: readonly [number, number]): Scale {
  const slope = (to - from) / (high - low);
  return Object.assign((value: number) => from + slope * (value - low), {
    at: (place: number) => low + (place - from) / slope,
  });
}

/** Round numbers from low to high, about `count` of them: 1, 2 or 5 times a power of ten apart. */
export function ticks([low, high]: readonly [number, number], count: number): number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9))!;
  const [first, last] = [Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9)];
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)) + 0);
}

/** As a reader writes it: a minus that is one. */
export const numeral = (value: number, digits = 0): string =>
  value
    .toFixed(digits)
    .replace(/^-0(\.0*)?$/, '0$1')
    .replace('-', '−');
