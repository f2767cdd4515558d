/**
 * Statistics of samples that should be Gaussian, as z-scores: under the hypothesis each is Normal(0, 1) for large
 * samples, so that one bound serves all of them and follows from the probability of a false alarm alone.
 *
 * Every sample is seeded. The bound says how unlikely it is that an honest generator fails with the seed at hand: a
 * failure after a change of the numbers is a defect, not bad luck.
 */

/** The chance that a test of an honest generator fails, all of its comparisons together. */
export const FALSE_ALARM = 1e-6;

type Sample = ArrayLike<number>;

/** The largest |z| among `comparisons` z-scores that chance explains: Bonferroni, two-sided. 4.9 for 1, 5.7 for 100. */
export function largestZ(comparisons: number): number {
  const tail = FALSE_ALARM / comparisons / 2;
  let [low, high] = [0, 40];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (normalCdf(-middle) > tail) low = middle;
    else high = middle;
  }
  return low;
}

/** None of the z-scores is larger than chance explains. */
export function expectChance(zScores: number[]): void {
  if (zScores.length === 0) throw new Error('There are no z-scores to look at.');
  const largest = largestZ(zScores.length);
  const bad = zScores.find((z) => !(Math.abs(z) < largest));
  // It throws by itself, since it also runs in a browser, where there is no jest.
  if (bad !== undefined)
    throw new Error(`Of ${zScores.length} z-scores one is ${bad}; chance explains up to ${largest}.`);
}

/** (x̄ − μ) / √(σ²/n). */
export const zOfMean = (x: Sample, mean: number, variance: number): number =>
  (average(x) - mean) / Math.sqrt(variance / x.length);

/** The same for the variance around the sample's mean, whose variance is 2σ⁴/(n − 1) for a Gaussian. */
export function zOfVariance(x: Sample, variance: number): number {
  const n = x.length;
  const m = average(x);
  const s2 = sum(x, (v) => (v - m) ** 2) / (n - 1);
  return (s2 / variance - 1) * Math.sqrt((n - 1) / 2);
}

/** The covariance of two samples with means 0: (Σ xy / n − c) / √((σx²σy² + c²)/n). */
export const zOfCovariance = (
  x: Sample,
  y: Sample,
  covariance: number,
  varianceX: number,
  varianceY: number,
): number =>
  (sum(x, (v, i) => v * y[i]!) / x.length - covariance) /
  Math.sqrt((varianceX * varianceY + covariance ** 2) / x.length);

/** Standard normal samples that have nothing to do with each other, or one sample with itself `lag` places later. */
export const zOfCorrelation = (x: Sample, y: Sample, lag = 0): number => {
  const n = x.length - lag;
  let s = 0;
  for (let i = 0; i < n; i++) s += x[i]! * y[i + lag]!;
  return s / Math.sqrt(n);
};

/**
 * The first four moments of a standard normal sample. E xᵏ = 0, 1, 0, 3 with variances E x²ᵏ − (E xᵏ)² = 1, 2, 15, 96.
 */
export const zOfMoments = (x: Sample): number[] =>
  [
    [1, 0, 1],
    [2, 1, 2],
    [3, 0, 15],
    [4, 3, 96],
  ].map(([k, expected, variance]) => {
    const observed = sum(x, (v) => v ** k!) / x.length;
    return (observed - expected!) / Math.sqrt(variance! / x.length);
  });

/**
 * Kolmogorov–Smirnov: √n · the largest distance of the sample's distribution function from Φ; its tail is
 * P(> c) ≤ 2 exp(−2c²) (Massart 1990), so that chance explains up to `LARGEST_KS`.
 */
export function kolmogorovSmirnov(x: Float32Array): number {
  const sorted = x.slice().sort();
  const n = sorted.length;
  let largest = 0;
  sorted.forEach((v, i) => {
    const p = normalCdf(v);
    largest = Math.max(largest, (i + 1) / n - p, p - i / n);
  });
  return largest * Math.sqrt(n);
}
export const LARGEST_KS = Math.sqrt(Math.log(2 / FALSE_ALARM) / 2);

/** Φ, by the series of Marsaglia 2004 ("Evaluating the normal distribution"): absolute error 1e-15. */
export function normalCdf(x: number): number {
  if (Math.abs(x) > 9) return x > 0 ? 1 : 0;
  let [total, term] = [x, x];
  for (let k = 3; total + term !== total; k += 2) {
    term *= (x * x) / k;
    total += term;
  }
  return 0.5 + (total * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI);
}

function sum(x: Sample, f: (v: number, i: number) => number): number {
  let s = 0;
  for (let i = 0; i < x.length; i++) s += f(x[i]!, i);
  return s;
}

const average = (x: Sample): number => sum(x, (v) => v) / x.length;
