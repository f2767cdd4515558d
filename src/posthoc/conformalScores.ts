/** How badly targets agree with a prediction, on the host: the greater, the worse. */
import * as tf from '@tensorflow/tfjs';
import { isTensor, refuse, sameShape, shown, shownShape } from '../check';
import { classIndices, type ClassLabels } from '../metrics/probabilities';
import type { Predictive } from '../predict/result';

export type ScoreOfNumbers = 'normalised' | 'quantiles';
export type ScoreOfClasses = 'leastAmbiguous' | 'adaptive';

// A type, not an interface: only then does tf.tidy take it for a container of tensors.
// eslint-disable-next-line @typescript-eslint/consistent-type-definitions
export type Core = {
  /** What every interval holds, or would: its ends, which for `normalised` are one. */
  lower: tf.Tensor;
  upper: tf.Tensor;
  /** How far a score of 1 reaches beyond. */
  unit: tf.Tensor;
};

/** The core of the intervals; the caller tidies. */
export function coreOf(prediction: Predictive, score: ScoreOfNumbers, coverage: number): Core {
  if (score === 'quantiles') {
    const { lower, upper } = prediction.interval(coverage);
    return { lower, upper, unit: tf.onesLike(lower) };
  }
  const mean = prediction.mean();
  return { lower: mean, upper: mean, unit: prediction.stddev() };
}

/** max(lower − y, y − upper)/unit of every target, [N · targets]. */
export function scoresOfNumbers(who: string, { lower, upper, unit }: Core, y: unknown): Float64Array {
  if (!isTensor(y) || y.isDisposed)
    return refuse(who, `y must be a tensor of the shape ${shownShape(lower.shape)}`, shown(y));
  const asColumn = y.rank === 1 && lower.rank === 2 ? [...y.shape, 1] : y.shape;
  if (!sameShape(asColumn, lower.shape))
    refuse(who, `y must have the shape ${shownShape(lower.shape)}`, shownShape(y.shape));
  const [low, high, one] = [lower, upper, unit].map((t) => t.dataSync());
  return Float64Array.from(y.dataSync(), (v, i) => {
    if (!Number.isFinite(v)) refuse(who, 'y must hold finite numbers', `a value of ${v}`);
    if (!(one![i]! > 0)) refuse(who, 'the stddev of every prediction must be above 0', String(one![i]));
    return Math.max(low![i]! - v, v - high![i]!) / one![i]!;
  });
}

/** Of every class of every example, [N · C]. */
export function scoresOfClasses(probabilities: tf.Tensor, score: ScoreOfClasses): Float64Array {
  const p = probabilities.dataSync();
  const C = probabilities.shape[1]!;
  const scores = Float64Array.from(p, (v) => 1 - v);
  if (score === 'leastAmbiguous') return scores;
  for (let start = 0; start < p.length; start += C) {
    // Of equal ones the first comes first: a sort that is stable.
    const order = Array.from({ length: C }, (_, c) => c).sort((a, b) => p[start + b]! - p[start + a]!);
    let sum = 0;
    for (const c of order) {
      scores[start + c] = sum;
      sum += p[start + c]!;
    }
  }
  return scores;
}

/** Of the class that each example is of, [N]. */
export function scoresOfLabels(
  who: string,
  probabilities: tf.Tensor,
  score: ScoreOfClasses,
  y: unknown,
): Float64Array {
  const labels = tf.tidy(() => classIndices(who, y as ClassLabels, probabilities).dataSync());
  const scores = scoresOfClasses(probabilities, score);
  const C = probabilities.shape[1]!;
  return Float64Array.from(labels, (label, n) => scores[n * C + label]!);
}

/** [N, C]. @throws if the prediction is not of classes, or of several for each example. */
export function probabilitiesOf(who: string, prediction: Predictive): tf.Tensor {
  const family = prediction.likelihood?.family;
  const p = family === 'categorical' ? prediction.mean() : undefined;
  if (p?.rank !== 2)
    return refuse(
      who,
      'sets need a prediction of one class for each example',
      p === undefined ? `a ${family ?? 'missing'} likelihood` : `probabilities ${shownShape(p.shape)}`,
      p === undefined ? "for numbers, use conformalIntervals, or score: 'normalised'" : undefined,
    );
  return p;
}
