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
 * @param posterior `layer.posterior()` of a HiddenLayer, `layer.posterior().kernel` of a layer of the family.
 * @throws if the two are no float32 tensors of one shape, a mean is NaN or infinite, a scale is not above 0, or bins is not
 * a whole number from 1 to 10,000.
 *
 * @example
 * const layer = hiddenLayer({ units: 50 });
 * layer.build([null, 4]);
 * const { lower, upper, weights } = tf.tidy(() => weightHistogram(layer.posterior()));
 */
export function weightHistogram(
  posterior: { A_mean: tf.Tensor; A_scale: tf.Tensor } | { mean: tf.Tensor; stddev: tf.Tensor },
  options: WeightHistogramOptions = {},
): WeightHistogram {
  const who = 'weightHistogram';
  checkKeys(who, options, ['bins']);
  const { bins: M = 40 } = options;
  checkBins(who, M);
  if (typeof posterior !== 'object' || posterior === null)
    refuse(who, `posterior must be ${WANTED}`, shown(posterior), 'e.g. layer.posterior()');
  const given = readable(who, posterior);
  const [ofMean, ofScale] =
    given.mean === undefined ? (['A_mean', 'A_scale'] as const) : (['mean', 'stddev'] as const);
  const [mean, scale] = [given[ofMean], given[ofScale]];
  if (mean === undefined)
    return refuse(who, `posterior must be ${WANTED}`, shown(posterior), wayToOneTensor(posterior));
  for (const [name, tensor] of [
    [ofMean, mean],
    [ofScale, scale],
  ] as const) {
    if (!isLive(tensor)) refuse(who, `${name} must be a tensor`, shown(tensor));
    checkFloat32(who, name, tensor);
    if (tensor.size === 0 || !sameShape(tensor.shape, mean.shape))
      refuse(who, `${name} must hold weights, of the shape of ${ofMean}`, shownShape(tensor.shape));
  }
  checkEvery(who, ofMean, mean, 'must be finite everywhere', Number.isFinite);
  checkAllPositive(who, ofScale, scale!);

  const [m, s] = [mean.dataSync(), scale!.dataSync()];
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

const WANTED = '{A_mean, A_scale} or {mean, stddev}';

type Given = Partial<Record<'A_mean' | 'A_scale' | 'mean' | 'stddev', tf.Tensor>>;

/** What there is of it. @throws if it cannot even be looked at. */
function readable(who: string, posterior: object): Given {
  try {
    const { A_mean, A_scale, mean, stddev } = posterior as Given;
    return { A_mean, A_scale, mean, stddev };
  } catch {
    return refuse(who, `posterior must be ${WANTED}`, shown(posterior));
  }
}

/** A layer of the family has a posterior for each tensor of weights. */
function wayToOneTensor(posterior: object): string | undefined {
  const [name] =
    Object.entries(posterior).find(([, part]) => typeof part === 'object' && part !== null) ?? [];
  return name === undefined ? undefined : `e.g. posterior().${name}`;
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
