/**
 * Two programs, timed in turn in one process: what disturbs the machine disturbs both.
 *
 * The ratio is the median over the pairs of (time of ours / time of the other's step right beside it); the spread is the
 * middle half of those ratios. Times wander by tens of percents on a shared machine, ratios much less.
 */
export type Step = () => unknown;

export interface Timing {
  /** Median, milliseconds. */
  ours: number;
  /** Median, milliseconds. */
  other: number;
  /** Median of the pairs' ratios, ours / other. */
  ratio: number;
  /** The middle half of the pairs' ratios. */
  spread: [number, number];
  pairs: number;
}

/**
 * Times `ours` and `other` in turn for about `seconds`, after a warm-up of a fifth of that.
 *
 * @param least so many pairs, however long they take
 */
export async function compare(ours: Step, other: Step, seconds = 6, least = 15): Promise<Timing> {
  await inTurn(ours, other, seconds / 5, Math.ceil(least / 5));
  const pairs = await inTurn(ours, other, seconds, least);
  const ratios = pairs.map(([a, b]) => a / b);
  return {
    ours: quantile(
      pairs.map(([a]) => a),
      0.5,
    ),
    other: quantile(
      pairs.map(([, b]) => b),
      0.5,
    ),
    ratio: quantile(ratios, 0.5),
    spread: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
    pairs: pairs.length,
  };
}

/** Median time of one step, milliseconds, after a warm-up. */
export async function median(step: Step, seconds = 2): Promise<number> {
  const { ours } = await compare(step, () => undefined, seconds);
  return ours;
}

/** The q-quantile of some numbers, between neighbours by linear interpolation. */
export function quantile(numbers: number[], q: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return low + (high - low) * (at - Math.floor(at));
}

async function inTurn(
  ours: Step,
  other: Step,
  seconds: number,
  least: number,
): Promise<Array<[number, number]>> {
  const pairs: Array<[number, number]> = [];
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end || pairs.length < least) {
    // Who goes first changes: the second of a pair finds another cache, and perhaps the garbage of the first.
    if (pairs.length % 2 === 0) {
      const a = await timed(ours);
      pairs.push([a, await timed(other)]);
    } else {
      const b = await timed(other);
      pairs.push([await timed(ours), b]);
    }
  }
  return pairs;
}

/** Milliseconds of one step. */
export async function timed(step: Step): Promise<number> {
  const start = performance.now();
  await step();
  return performance.now() - start;
}
