/**
 * The least value of a function of one number, which may have several valleys: the lowest point of a grid, and then the
 * golden section (Kiefer 1953, Proc. AMS 4, 502) between its two neighbours. No slope is asked for.
 */
const POINTS = 41;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

export interface Minimum {
  x: number;
  value: number;
  /** Is it at an end of what was looked at, so that beyond it may be lower still? */
  atEnd: boolean;
}

/** @param accuracy of x */
export function minimumOnALine(
  f: (x: number) => number,
  low: number,
  high: number,
  accuracy: number,
): Minimum {
  const at = (i: number): number => low + ((high - low) * i) / (POINTS - 1);
  let best = 0;
  const values = Array.from({ length: POINTS }, (_, i) => f(at(i)));
  values.forEach((value, i) => {
    if (value < values[best]!) best = i;
  });
  let [a, b] = [at(Math.max(best - 1, 0)), at(Math.min(best + 1, POINTS - 1))];
  let [x, y] = [b - GOLDEN * (b - a), a + GOLDEN * (b - a)];
  let [ofX, ofY] = [f(x), f(y)];
  while (b - a > accuracy)
    if (ofX <= ofY) {
      [b, y, ofY] = [y, x, ofX];
      x = b - GOLDEN * (b - a);
      ofX = f(x);
    } else {
      [a, x, ofX] = [x, y, ofY];
      y = a + GOLDEN * (b - a);
      ofY = f(y);
    }
  const found = ofX <= ofY ? { x, value: ofX } : { x: y, value: ofY };
  const value = Math.min(found.value, values[best]!);
  return {
    x: values[best]! < found.value ? at(best) : found.x,
    value,
    atEnd: found.x < low + 2 * accuracy || found.x > high - 2 * accuracy,
  };
}
