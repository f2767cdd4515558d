/** Where the bumps are before anything is learned: spread evenly over the plane, so that none of it is without one. */

export interface Spread {
  /** [inputs][units] */
  kernel: number[][];
  /** [units] */
  bias: number[];
}

/** Along one axis bumps 0.8 wide to either side of their middles, from one end of ±4.6 to the other. */
const LINE = { slope: 1.3, reach: 6 };
/** In a plane they are ridges of many directions, 1 wide to either side, up to 3.5 from the middle. */
const PLANE = { slope: 1, reach: 3.5 };
/** Directions that never repeat: the golden angle (Vogel 1979). */
const GOLDEN = Math.PI * (3 - Math.sqrt(5));

export function spread(inputs: 1 | 2, units: number): Spread {
  const all = Array.from({ length: units }, (_, i) => i);
  if (inputs === 1)
    return {
      kernel: [all.map(() => LINE.slope)],
      bias: all.map((i) => LINE.reach * ((2 * i + 1) / units - 1)),
    };
  return {
    kernel: [
      all.map((i) => PLANE.slope * Math.cos(i * GOLDEN)),
      all.map((i) => PLANE.slope * Math.sin(i * GOLDEN)),
    ],
    bias: all.map((i) => PLANE.reach * (2 * reversed(i + 1) - 1)),
  };
}

/** Numbers in [0, 1) that keep their distance from each other: van der Corput's sequence, the bits of n reversed. */
function reversed(n: number): number {
  let [value, bit] = [0, 0.5];
  for (let rest = n; rest > 0; rest >>= 1, bit /= 2) value += (rest & 1) * bit;
  return value;
}
