/**
 * Quantiles of a mixture with equal weights, which is what S draws predict of a target: the y with
 *
 *     F(y) = 1/S Σ_s F_s(y) = level
 *
 * F has no inverse in closed form, but it is monotone. On a line: Newton's method within a bracket that every step makes
 * smaller, and half of the bracket where a step leaves it. On whole numbers: bisection.
 *
 * In double precision and one number at a time: Newton's method ends at once where it may, and no tensor is made.
 */

/** Of a level; the densities of the targets are its slope. */
const CLOSE = 1e-9;
const MOST_STEPS = 200;

export interface OnALine {
  /** F(y), and its slope. */
  cdf: (y: number) => number;
  density: (y: number) => number;
  /** The quantile is between these. */
  low: number;
  high: number;
}

/** @param level above 0 and below 1 */
export function quantileOnALine(level: number, { cdf, density, low, high }: OnALine): number {
  const close = CLOSE * Math.min(level, 1 - level);
  let [below, above] = [low, high];
  let y = 0.5 * (low + high);
  for (let i = 0; i < MOST_STEPS; i++) {
    const missing = level - cdf(y);
    if (Math.abs(missing) <= close) return y;
    if (missing > 0) below = y;
    else above = y;
    const middle = 0.5 * (below + above);
    const next = y + missing / density(y);
    // Written so that a NaN, of a slope of 0, is outside.
    const isInside = next > below && next < above;
    const moved = isInside ? next : middle;
    if (moved === y) return y;
    y = moved;
  }
  return y;
}

/**
 * The least whole number k with F(k) ≥ level.
 *
 * @param low where the search begins: a number that is not above it
 */
export function quantileOfCounts(level: number, cdf: (k: number) => number, low: number): number {
  let [below, step] = [Math.floor(low) - 1, 1];
  if (below < 0) below = -1;
  while (cdf(below + step) < level) {
    below += step;
    step *= 2;
  }
  let above = below + step;
  while (above - below > 1) {
    const middle = Math.floor(0.5 * (below + above));
    if (cdf(middle) < level) below = middle;
    else above = middle;
  }
  return above;
}
