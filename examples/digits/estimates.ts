/** Scores of a test set with their standard errors: by how much another test set of the same size would change them. */
import { randomNumbers } from '../random';

export interface Estimate {
  value: number;
  /** One standard error. */
  error: number;
}

/** The mean of numbers of which each belongs to another example. */
export function meanOf(values: number[]): Estimate {
  const mean = average(values);
  return { value: mean, error: Math.sqrt(varianceOf(values, mean) / values.length) };
}

/**
 * How well a score tells what is unknown from what is known: P(unknown > known) + ½ P(unknown = known), with its standard
 * error from the places of either side's scores among the other's (DeLong, DeLong & Clarke-Pearson 1988, Biometrics 44).
 *
 * Takes the two sides for independent. What was made of the known ones is not: there the error is rather too large.
 */
export function aurocOf(known: number[], unknown: number[]): Estimate {
  const above = placesOf(unknown, known);
  const below = placesOf(known, unknown).map((place) => 1 - place);
  const value = average(above);
  const variance = (places: number[]): number => varianceOf(places, value) / places.length;
  return { value, error: Math.sqrt(variance(above) + variance(below)) };
}

/** What a prediction of classes comes to where only the most probable one counts. */
export interface TopClass {
  /** Its probability. */
  confidence: number;
  right: boolean;
}

/** Test sets drawn from the test set: the error of an error needs no more. */
const RESAMPLES = 400;
const BINS = 10;

/** Expected calibration error in 10 bins of equal width, with the stddev over bootstrapped test sets (Efron 1979). */
export function eceOf(predictions: TopClass[], seed: number): Estimate {
  const N = predictions.length;
  const bin = predictions.map(({ confidence }) =>
    Math.min(BINS - 1, Math.floor(Math.fround(BINS * confidence))),
  );
  const gap = predictions.map(({ confidence, right }) => Number(right) - confidence);
  const ece = (pick: (i: number) => number): number => {
    const sums = new Float64Array(BINS);
    for (let i = 0; i < N; i++) sums[bin[pick(i)]!]! += gap[pick(i)]!;
    return sums.reduce((sum, v) => sum + Math.abs(v), 0) / N;
  };
  const random = randomNumbers(seed, 6);
  const resampled = Array.from({ length: RESAMPLES }, () => {
    const picked = Uint32Array.from({ length: N }, () => Math.floor(random() * N));
    return ece((i) => picked[i]!);
  });
  return { value: ece((i) => i), error: Math.sqrt(varianceOf(resampled, average(resampled))) };
}

/** For each score the share of the others that are below it; equal ones count half. */
function placesOf(scores: number[], others: number[]): number[] {
  const sorted = Float64Array.from(others).sort();
  const count = (score: number, includes: boolean): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (includes ? sorted[middle]! <= score : sorted[middle]! < score) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return scores.map((score) => (count(score, false) + count(score, true)) / (2 * sorted.length));
}

const average = (values: number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

const varianceOf = (values: number[], mean: number): number =>
  values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / Math.max(1, values.length - 1);
