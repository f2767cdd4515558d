/**
 * The scales of a posterior as a draw takes them, from their logarithms, and the KL from the prior beside them. For
 * weights ~ Normal(M, S²) with the prior Normal(m₀, p²):
 *
 *     S^k = e^(k ln S),   k = 1: stddevs, k = 2: variances
 *     KL  = ½ Σ [ ((M − m₀)/p)² + e^u − 1 − u ],   u = 2 (ln S − ln p)        nats, see `kl.ts`
 *
 * Both need the same exponential, and so do their gradients, which is why this is one operation:
 *
 *     dM     = dKL · (M − m₀) / p²
 *     dln S  = dKL · (e^u − 1)  +  k · S^k ⊙ dS^k
 */
import * as tf from '@tensorflow/tfjs';
import { kernels } from '../kernels/door';
import { defineFusedOp, defineOp, type FusedOp } from '../op';
import { expm1, klFromPrior } from './kl';
import { fromMean, lnRatio, type Prior } from './prior';

/** 1: stddevs, 2: variances. */
export type Power = 1 | 2;

// A type, not an interface: only then does tf.tidy take it for a container of tensors.
// eslint-disable-next-line @typescript-eslint/consistent-type-definitions
export type SpreadAndKL = {
  /** S^power. */
  spread: tf.Tensor;
  /** KL from the prior, nats, summed over all weights. */
  kl: tf.Scalar;
};

/** S^power from ln S. */
export const spread = (ln_S: tf.Tensor, power: Power): tf.Tensor =>
  power === 1 ? tf.exp(ln_S) : variance(ln_S);

const variance = defineOp({
  name: 'BNNVariance',
  forward: (ln_S) => tf.exp(tf.mul(2, ln_S)),
  gradients: (dV, [ln_S]) => [() => tf.mul(tf.mul(2, dV), tf.exp(tf.mul(2, ln_S!)))],
});

/** S^power and the KL, differentiable in M and ln S. */
export function spreadAndKL(M: tf.Tensor, ln_S: tf.Tensor, prior: Prior, power: Power): SpreadAndKL {
  const [S, kl] = spreadAndKLOp([M, ln_S], { prior, power });
  return { spread: S!, kl: kl as tf.Scalar };
}

/** [M, ln S] → [S^power, KL] */
export const SPREAD_AND_KL: FusedOp<{ prior: Prior; power: Power }> = {
  name: 'BNNSpreadAndKL',
  outputs: 2,
  keepsOutputs: true,
  forward: ([M, ln_S], { prior, power }) =>
    kernelsFor(power).varianceAndKL?.(M!, ln_S!, prior) ?? [
      tf.exp(tf.mul(power, ln_S!)),
      klFromPrior(fromMean(M!, prior), lnRatio(ln_S!, prior), asTensor(prior.stddev)),
    ],
  gradients: ([dS, dKL], { inputs: [M, ln_S], outputs: [S] }, { prior, power }) => [
    () => tf.mul(fromMean(M!, prior), dividedBySquare(dKL!, prior.stddev)),
    () =>
      kernelsFor(power).lnScaleGradient?.(dS!, dKL!, ln_S!, S!, prior) ??
      tf.add(tf.mul(dKL!, expm1(tf.mul(2, lnRatio(ln_S!, prior)))), tf.mul(tf.mul(power, dS!), S!)),
  ],
};

const spreadAndKLOp = defineFusedOp(SPREAD_AND_KL);

/** factor · kl: what a layer adds to the loss. One small op each way, where tf.mul by a number takes four. */
export const scaledKL = (kl: tf.Scalar, factor: number): tf.Scalar =>
  scaledOp([kl], { factor })[0] as tf.Scalar;

const scaledOp = defineFusedOp<{ factor: number }>({
  name: 'BNNScaled',
  forward: ([kl], { factor }) => [tf.mul(kl!, factor)],
  gradients: ([dy], _, { factor }) => [() => tf.mul(dy!, factor)],
});

/** There are kernels for variances only. */
const kernelsFor = (power: Power): ReturnType<typeof kernels> => (power === 2 ? kernels() : {});

const asTensor = (p: number | tf.Tensor): tf.Tensor => (typeof p === 'number' ? tf.scalar(p) : p);

const dividedBySquare = (dKL: tf.Tensor, p: number | tf.Tensor): tf.Tensor =>
  tf.div(dKL, typeof p === 'number' ? p * p : tf.square(p));
