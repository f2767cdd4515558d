/**
 * The scales of a posterior as a draw takes them, from their logarithms, and the KL from the prior beside them.
 *
 *     A_scale^k = e^(k ln A_scale),   k = 1: stddevs, k = 2: variances
 *     KL        = ½ Σ [ (A_mean/p)² + e^u − 1 − u ],   u = 2 (ln A_scale − ln p)        nats, see `gaussian/kl.ts`
 *
 * Both need the same exponential, and so do their gradients, which is why this is one operation:
 *
 *     dA_mean     = dKL · A_mean / p²
 *     dln A_scale = dKL · (e^u − 1)  +  k · A_scale^k ⊙ dA_scale^k
 */
import * as tf from '@tensorflow/tfjs';
import { expm1, klFromPrior } from './kl';
import { kernels } from '../kernels/door';
import { defineFusedOp, defineOp, type FusedOp } from '../op';

/** 1: stddevs, 2: variances. */
export type Power = 1 | 2;

// A type, not an interface: only then does tf.tidy take it for a container of tensors.
// eslint-disable-next-line @typescript-eslint/consistent-type-definitions
export type SpreadAndKL = {
  /** A_scale^power, [D, H]. */
  spread: tf.Tensor;
  /** KL from the prior, nats, summed over all weights. */
  kl: tf.Scalar;
};

/** A_scale^power from ln A_scale [D, H]. */
export const spread = (ln_A_scale: tf.Tensor, power: Power): tf.Tensor =>
  power === 1 ? tf.exp(ln_A_scale) : variance(ln_A_scale);

const variance = defineOp({
  name: 'BNNVariance',
  forward: (ln_A_scale) => tf.exp(tf.mul(2, ln_A_scale)),
  gradients: (dV, [ln_A_scale]) => [() => tf.mul(tf.mul(2, dV), tf.exp(tf.mul(2, ln_A_scale!)))],
});

/**
 * A_scale^power and the KL, differentiable in A_mean and ln_A_scale [D, H].
 *
 * @param A_prior_scale the prior's stddev p: a number, or a tensor that broadcasts to [D, H].
 */
export function spreadAndKL(
  A_mean: tf.Tensor,
  ln_A_scale: tf.Tensor,
  A_prior_scale: number | tf.Tensor,
  power: Power,
): SpreadAndKL {
  if (typeof A_prior_scale === 'number') {
    const [A_spread, kl] = spreadAndKLOp([A_mean, ln_A_scale], { p: A_prior_scale, power });
    return { spread: A_spread!, kl: kl as tf.Scalar };
  }
  const lnRatio = tf.sub(ln_A_scale, tf.log(A_prior_scale));
  return { spread: spread(ln_A_scale, power), kl: klFromPrior(A_mean, lnRatio, A_prior_scale) };
}

/** [A_mean, ln_A_scale] → [A_scale^power, KL] */
export const SPREAD_AND_KL: FusedOp<{ p: number; power: Power }> = {
  name: 'BNNSpreadAndKL',
  outputs: 2,
  keepsOutputs: true,
  forward: ([A_mean, ln_A_scale], { p, power }) =>
    kernelsFor(power).varianceAndKL?.(A_mean!, ln_A_scale!, p) ?? [
      tf.exp(tf.mul(power, ln_A_scale!)),
      klFromPrior(A_mean!, tf.sub(ln_A_scale!, Math.log(p)), tf.scalar(p)),
    ],
  gradients: ([dA_spread, dKL], { inputs: [A_mean, ln_A_scale], outputs: [A_spread] }, { p, power }) => [
    () => tf.mul(A_mean!, tf.div(dKL!, p * p)),
    () =>
      kernelsFor(power).lnScaleGradient?.(dA_spread!, dKL!, ln_A_scale!, A_spread!, p) ??
      tf.add(
        tf.mul(dKL!, expm1(tf.mul(2, tf.sub(ln_A_scale!, Math.log(p))))),
        tf.mul(tf.mul(power, dA_spread!), A_spread!),
      ),
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
