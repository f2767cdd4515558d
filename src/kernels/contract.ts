/**
 * What a backend may do its own way. Each function computes what the room that calls it says in tf ops, to float
 * rounding; each may be missing, and those that return `undefined` decline: then the tf ops are run.
 */
import type * as tf from '@tensorflow/tfjs';

export interface Kernels {
  /** `moments.ts`: z = mean + σ ε and σ = √variance. */
  reparameterize: (mean: tf.Tensor, variance: tf.Tensor, noise: tf.Tensor) => tf.Tensor[];
  /** `moments.ts`: dz · ε / (2σ), 0 where σ = 0. */
  varianceGradient: (dz: tf.Tensor, noise: tf.Tensor, σ: tf.Tensor) => tf.Tensor;
  /** `spread.ts`: A_scale^power and the KL. */
  spreadAndKL: (
    A_mean: tf.Tensor,
    ln_A_scale: tf.Tensor,
    p: number,
    power: 1 | 2,
  ) => [tf.Tensor, tf.Tensor] | undefined;
  /** `spread.ts`: the gradient in ln A_scale. */
  lnScaleGradient: (
    dA_spread: tf.Tensor,
    dKL: tf.Tensor,
    ln_A_scale: tf.Tensor,
    A_spread: tf.Tensor,
    p: number,
    power: 1 | 2,
  ) => tf.Tensor | undefined;
}
