/**
 * Where the stddev of a likelihood comes from: a known number, or the model's output.
 *
 * In the second case the last axis of the output holds K means and then K raw scales, as in TensorFlow Probability's
 * `IndependentNormal`, and
 *
 *     stddev = MIN_STDDEV + softplus(raw),     softplus(r) = ln(1 + e^r),     MIN_STDDEV = 1e-6
 *
 * (Lakshminarayanan et al. 2017, arXiv:1612.01474, section 2.2.1, who do so for the variance.) Softplus and not exp:
 * it is e^raw for small scales, but grows like raw for large ones, so that a net that is asked far from its data has a
 * wide band and not an infinite one. The least stddev keeps (y − mean)/stddev and its gradients finite; targets of the
 * order of 1 are far above it.
 */
import * as tf from '@tensorflow/tfjs';
import { checkPositive, isOnGPU, isLive, refuse, sameShape, shown, shownShape } from '../check';
import { checkPair, checkTensors, type Scale } from './likelihood';
import { asFloat, checkFinite, finiteTargets } from './targets';

// A type, not an interface: only then does tf.tidy take it for a container of tensors.
// eslint-disable-next-line @typescript-eslint/consistent-type-definitions
export type MeanAndStddev = {
  /** [..., K] */
  mean: tf.Tensor;
  /** [..., K], a stddev (not a variance), at least 1e-6. */
  stddev: tf.Tensor;
};

export const MIN_STDDEV = 1e-6;

/**
 * Takes an output [..., 2K] apart: K means, and K stddevs 1e-6 + softplus(raw) from K raw scales.
 *
 * @returns fresh tensors [..., K], differentiable.
 * @throws if the last axis is not of even length.
 *
 * @example
 * const { mean, stddev } = meanAndStddev(tf.tensor2d([[3, 0]]));
 * mean.print(); // [[3]]
 * stddev.print(); // [[0.693]]
 */
export function meanAndStddev(output: tf.Tensor): MeanAndStddev {
  if (!isLive(output) || output.rank === 0 || output.size === 0 || output.shape.at(-1)! % 2 !== 0)
    refuse('meanAndStddev', 'output must be a tensor of K means and K raw scales [..., 2K]', shown(output));
  return tf.tidy(() => {
    const [mean, raw] = tf.split(output, 2, -1) as [tf.Tensor, tf.Tensor];
    return { mean, stddev: tf.add(tf.softplus(raw), MIN_STDDEV) };
  });
}

/** The raw scale of a stddev above 1e-6: ln(e^s − 1), s = stddev − 1e-6, without overflow. */
export function rawScaleOf(stddev: number): number {
  const s = stddev - MIN_STDDEV;
  return s + Math.log(-Math.expm1(-s));
}

/**
 * Targets [..., K] widened to the [..., 2K] of an output that also holds K raw scales.
 *
 * `fit` and `evaluate` refuse targets whose shape is not the output's (`fitDataset` does not look), unless the net ends in
 * `learnedNoise()` or `predictedNoise()`, which take targets as they are. For other nets, e.g. loaded ones. The likelihoods
 * never read the columns that are added; they are NaN, so that a loss that does read them shows it.
 *
 * @returns a fresh tensor.
 *
 * @example
 * console.log(withScaleColumns(tf.ones([5, 1])).shape); // [5, 2]
 */
export function withScaleColumns(y: tf.Tensor): tf.Tensor {
  if (!isLive(y) || y.rank < 2)
    refuse(
      'withScaleColumns',
      'y must be a tensor of targets [B, ..., K]',
      shown(y),
      'e.g. y.reshape([-1, 1])',
    );
  return tf.tidy(() => tf.concat([tf.cast(y, 'float32'), tf.fill(y.shape, NaN)], -1));
}

export function checkScale(who: string, name: string, scale: unknown): asserts scale is Scale {
  if (scale !== 'output') checkPositive(who, name, scale);
}

/**
 * z = (y − mean)/σ and ln σ, for targets of the means' shape or widened by `withScaleColumns`; ln σ is a number where
 * the scale is known. `remark` sees the targets and the means.
 */
export function standardised(
  who: string,
  y: tf.Tensor,
  output: tf.Tensor,
  scale: Scale,
  remark: (targets: tf.Tensor, means: tf.Tensor) => void,
): { z: tf.Tensor; lnScale: tf.Tensor | number } {
  if (scale !== 'output') {
    checkPair(who, y, output);
    const targets = finiteTargets(who, y);
    remark(targets, output);
    return { z: tf.div(tf.sub(targets, asFloat(output)), scale), lnScale: Math.log(scale) };
  }
  const targets = targetsOf(who, y, output);
  const { mean, stddev } = meanAndStddev(asFloat(output));
  remark(targets, mean);
  return { z: tf.div(tf.sub(targets, mean), stddev), lnScale: tf.log(stddev) };
}

function targetsOf(who: string, y: tf.Tensor, output: tf.Tensor): tf.Tensor {
  checkTensors(who, y, output);
  const means = [...output.shape.slice(0, -1), output.shape.at(-1)! / 2];
  if (sameShape(y.shape, means)) return finiteTargets(who, y);
  if (!sameShape(y.shape, output.shape) || !Number.isInteger(means.at(-1)))
    refuse(
      who,
      `yTrue must have half the last axis of yPred ${shownShape(output.shape)}, which holds means and raw scales`,
      shownShape(y.shape),
      y.rank === output.rank ? netFor(y.shape.at(-1)!) : 'reshape them: e.g. yTrue.reshape([-1, 1])',
    );
  if (!isOnGPU()) checkWidened(who, y);
  const start = y.shape.map(() => 0);
  return asFloat(tf.slice(y, start, means));
}

const netFor = (K: number): string =>
  `for targets of ${K} column(s) end the net in ${K} unit(s) and learnedNoise(), or in ${2 * K} and predictedNoise()`;

/** In every row K finite targets, and then K times NaN. */
function checkWidened(who: string, y: tf.Tensor): void {
  const values = y.dataSync<'float32'>();
  const K = y.shape.at(-1)! / 2;
  const isTarget = (_: number, i: number): boolean => i % (2 * K) < K;
  if (!values.every((v, i) => isTarget(v, i) || Number.isNaN(v)))
    refuse(
      who,
      'yTrue must have half the last axis of yPred, which holds means and raw scales',
      `numbers in all ${2 * K} columns`,
      'end the net in predictedNoise(), or widen the targets: withScaleColumns(y)',
    );
  checkFinite(who, 'yTrue', values.filter(isTarget), y.shape[0]);
}
