/**
 * What the weights of a layer look like under its posterior, in bins [a, b):
 *
 *     weights = 1/n Σ_i Φ((b − m_i)/s_i) − Φ((a − m_i)/s_i)          share of drawn weights, expected: no draws needed
 *     means   = 1/n Σ_i 1{a ≤ m_i < b}                               share of posterior means
 *
 * Where both are wide apart the posterior has not decided; where the first is narrow around 0 there are weights that do
 * nothing and know it.
 */
import * as tf from '@tensorflow/tfjs';
import {
  checkAllPositive,
  checkEvery,
  checkFloat32,
  checkKeys,
  isLive,
  refuse,
  sameShape,
  shown,
  shownShape,
} from '../check';
import { checkBins } from '../numerics/bins';
import { normalCdfAt } from '../numerics/normal';

export interface WeightHistogramOptions {
  /**
   * Number M of bins of equal width, from the least mean − 3 scale to the greatest mean + 3 scale, at most 10,000.
   * @defaultValue 40
   */
  bins?: number;
}

// A type, not an interface: only then does tf.tidy take it for a container of tensors.
// eslint-disable-next-line @typescript-eslint/consistent-type-definitions
export type WeightHistogram = {
  /** Edges of the bins, [M]. */
  lower: tf.Tensor1D;
  upper: tf.Tensor1D;
  /** Share of the weights, drawn from the posterior, that is expected in each bin, [M]. */
  weights: tf.Tensor1D;
  /** Share of the posterior means in each bin, [M]; its sum is 1. */
  means: tf.Tensor1D;
};

/**
 * Histogram of all weights of a layer under its posterior, and of their means. Reads all weights synchronously; the
 * four tensors are the caller's.
 *
 * @param posterior means and scales (stddevs) of the weights, as `posterior()` of a layer gives them.
 * @throws if the two are no float32 tensors of one shape, a mean is NaN or infinite, a scale is not above 0, or bins is not a
 * whole number from 1 to 10,000.
 *
 * @example
 * const histogram = tf.tidy(() => weightHistogram(layer.posterior()));
 */
export function weightHistogram(
  posterior: { A_mean: tf.Tensor; A_scale: tf.Tensor },
  options: WeightHistogramOptions = {},
): WeightHistogram {
  const who = 'weightHistogram';
  checkKeys(who, options, ['bins']);
  const { bins: M = 40 } = options;
  checkBins(who, M);
  if (typeof posterior !== 'object' || posterior === null)
    refuse(who, 'posterior must be {A_mean, A_scale}', shown(posterior), 'e.g. layer.posterior()');
  const { A_mean, A_scale } = posterior;
  for (const [name, tensor] of Object.entries({ A_mean, A_scale })) {
    if (!isLive(tensor)) refuse(who, `${name} must be a tensor`, shown(tensor));
    checkFloat32(who, name, tensor);
    if (tensor.size === 0 || !sameShape(tensor.shape, A_mean.shape))
      refuse(who, `${name} must hold weights, of the shape of A_mean`, shownShape(tensor.shape));
  }
  checkEvery(who, 'A_mean', A_mean, 'must be finite everywhere', Number.isFinite);
  checkAllPositive(who, 'A_scale', A_scale);

  const [m, s] = [A_mean.dataSync(), A_scale.dataSync()];
  let [least, greatest] = [Infinity, -Infinity];
  for (let i = 0; i < m.length; i++) {
    least = Math.min(least, m[i]! - REACH * s[i]!);
    greatest = Math.max(greatest, m[i]! + REACH * s[i]!);
  }
  const edges = Array.from({ length: M + 1 }, (_, k) => least + ((greatest - least) * k) / M);
  const weightsBelow = edges.map((edge) => meanOf(m, (m_i, i) => normalCdfAt((edge - m_i) / s[i]!)));
  const meansBelow = edges.map((edge) => meanOf(m, (m_i) => (m_i < edge ? 1 : 0)));
  return {
    lower: tf.tensor1d(edges.slice(0, -1)),
    upper: tf.tensor1d(edges.slice(1)),
    weights: between(weightsBelow),
    means: between(meansBelow),
  };
}

/** The histogram reaches 3 stddevs beyond the outermost means. */
const REACH = 3;

/** In double precision: float32 adds up 300,000 shares to 3 digits. */
function meanOf(m: ArrayLike<number>, f: (m_i: number, i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < m.length; i++) sum += f(m[i]!, i);
  return sum / m.length;
}

/** Differences of neighbours, [M + 1] → [M]. */
function between(values: number[]): tf.Tensor1D {
  return tf.tensor1d(values.slice(1).map((v, k) => v - values[k]!));
}
